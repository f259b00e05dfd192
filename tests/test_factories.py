"""The factories build what the database accepts."""

from apiflask import APIFlask

from lms.core.db import transaction
from tests import factories


def test_factories_fit_the_schema(app: APIFlask) -> None:
    with transaction():
        application = factories.application()
        assert application.term.fee_kurus == 53300
        assert factories.release().duration == 180
        assert len(factories.questions(8)) == 8
