"""What callers send and what they get, as schemas: CONTRACT.md's table, and the source of the OpenAPI document."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, StrictBool, StringConstraints
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from lms.enrolment.rules import Education
from lms.exemptions.rules import Relation


def _whole(value: Any) -> Any:
    """JSON knows one kind of number: 7.0 is the integer 7, "7" is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("int_type", "Input should be a valid integer")
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
Text = Annotated[str, StringConstraints(strict=True, max_length=200)]
LongText = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=4000)]
Password = Annotated[str, StringConstraints(strict=True, max_length=1024)]
Tckn = Annotated[str, StringConstraints(strict=True, max_length=20)]
Agreed = Annotated[
    StrictBool, Field(description="true when the person agreed; false is refused where the act needs it")
]
Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
# told by the document only: it is the rules that refuse
LEVELS: Final[JsonDict] = {"enum": [one.value for one in Education]}
RELATIONS: Final[JsonDict] = {"enum": [one.value for one in Relation]}


class Input(BaseModel):
    """Nothing unnamed is taken (ASVS 15.3.3)."""

    model_config = ConfigDict(extra="forbid")


class MemberIn(Input):
    tckn: Tckn
    first_name: Text
    last_name: Text
    email: Text
    phone: Text | None = None
    password: Password
    accepts_notice: Agreed


class PasswordIn(Input):
    current_password: Password
    new_password: Password


class SupportIn(Input):
    subject: Text
    body: LongText
    email: Text | None = None
    context: Annotated[dict[Annotated[str, StringConstraints(max_length=40)], Text], Field(max_length=20)] | None = None


class SessionIn(Input):
    tckn: Tckn
    password: Password


class PaymentIn(Input):
    purpose: Literal["application", "certificate"]
    term_id: Text | None = None
    certificate_id: Text | None = None
    accepts_contract: Agreed
    accepts_immediate_performance: Agreed
    declares_no_certificate: Annotated[StrictBool, Field(description="R003; needed for an application")] = False


class ApplicationIn(Input):
    term_id: Text
    phone: Text | None = None
    province: Text | None = None
    district: Text | None = None
    applicant_type: Literal["agency", "bank", "insurer", "broker", "other"]
    institution: Text
    education: Annotated[Text, Field(json_schema_extra=LEVELS)]
    accepts_notice: Agreed
    accepts_terms: Agreed
    explicit_consent: StrictBool


class ReapplicationIn(Input):
    application_id: Text
    explanation: LongText
    exempt_declared: StrictBool = False  # D-16: asked of whoever is exempt in the term


Range = Annotated[list[Whole], Field(min_length=2, max_length=2)]


class ProgressIn(Input):
    session: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=40)]
    seq: Annotated[Whole, Field(ge=0, le=2**31 - 1)]
    played: Annotated[list[Range], Field(max_length=200)]
    position: Annotated[Whole, Field(ge=0, le=10**6)]
    rate: Annotated[float, Field(gt=0, le=16, strict=True)]


class AnswerIn(Input):
    option: Annotated[str, StringConstraints(strict=True, max_length=1)] | None
    seq: Annotated[Whole, Field(ge=0, le=2**31 - 1)]


class Created(BaseModel):
    id: str


class Money(BaseModel):
    amount: str
    currency: str


class Span(BaseModel):
    """Half-open: ``from`` belongs to it, ``to`` does not."""

    model_config = ConfigDict(populate_by_name=True)
    from_: Annotated[Instant, Field(alias="from")]
    to: Instant


class SessionOut(BaseModel):
    access_token: str
    expires_at: Instant


class NextStep(BaseModel):
    code: str
    title: str
    at: Instant | None = None
    until: Instant | None = None
    why: str | None = None
    rule: str | None = None
    url: str | None = None


class Me(BaseModel):
    id: str
    tckn: str
    first_name: str
    last_name: str
    email: str
    phone: str | None
    language: str
    next: NextStep | None


class TermOut(BaseModel):
    id: str
    program: str
    name: str
    kind: Literal["first_time", "renewal"]
    application: Span
    study: Span
    fee: Money
    reachable_attempts: int
    is_example: bool


class Redirect(BaseModel):
    method: Literal["POST"]
    url: str
    fields: dict[str, str]


class PaymentOut(BaseModel):
    id: str
    purpose: str
    status: Literal["pending", "paid", "failed", "expired"]
    amount: Money
    captured: Money | None = None
    note: str | None = None
    created_at: Instant
    paid_at: Instant | None = None
    redirect: Redirect | None = None


class ExemptionOut(BaseModel):
    id: str
    term_id: str
    relation: Annotated[str, Field(json_schema_extra=RELATIONS)]
    status: Literal["requested", "more_documents", "approved", "rejected"]
    requested_at: Instant
    reason: str | None = None


class ApplicationOut(BaseModel):
    id: str
    number: str
    term_id: str
    ordinal: int
    status: Literal["submitted", "in_training", "in_exams", "passed", "failed", "lapsed", "invalid"]
    submitted_at: Instant
    training_available_at: Instant
    training_why: str
    applicant_type: str
    institution: str
    education: Annotated[str, Field(json_schema_extra=LEVELS)]
    province: str | None
    district: str | None


class ReapplicationOut(BaseModel):
    id: str
    application_id: str
    status: Literal["requested", "approved", "rejected"]
    requested_at: Instant
    reason: str | None = None


class LessonOut(BaseModel):
    id: str
    title: str
    duration: int
    watched: int
    percent: int
    position: int
    gaps: list[Range]
    video_url: str
    captions_url: str


class TrainingOut(BaseModel):
    id: str
    term_id: str
    status: Literal["scheduled", "assigned", "in_progress", "completed"]
    percent: int
    available_at: Instant
    lessons: list[LessonOut]


class ProgressOut(BaseModel):
    watched: int
    percent: int
    training_percent: int
    gaps: list[Range]


class ExamOut(BaseModel):
    id: str
    application_id: str
    ordinal: int
    status: Literal["scheduled", "assigned", "in_progress", "passed", "failed", "lapsed"]
    available_at: Instant
    score: int | None = None


class OptionOut(BaseModel):
    key: str
    text: str


class QuestionOut(BaseModel):
    number: int
    text: str
    table: dict[str, Any] | None = None
    options: list[OptionOut]


class PaperOut(BaseModel):
    id: str
    status: str
    ends_at: Instant
    remaining_ms: int
    seq: int
    questions: list[QuestionOut]
    answers: dict[str, str]


class AnswerOut(BaseModel):
    saved: bool
    seq: int
    remaining_ms: int


class ResultOut(BaseModel):
    score: int
    passed: bool
    correct: int
    finalised_at: Instant


class ReviewOut(BaseModel):
    lesson_id: str
    title: str
    slide: str | None
    at: int | None


class TopicOut(BaseModel):
    title: str | None
    correct: int
    total: int
    review: list[ReviewOut]


class EndedOut(ExamOut, ResultOut):
    """R090b: the attempt with its result, also by topic."""

    score: int
    topics: list[TopicOut]


class AttemptOut(RootModel[PaperOut | EndedOut | ExamOut]):
    """The running paper; after the end the attempt with its result; without one the attempt alone."""


class CertificateOut(BaseModel):
    id: str
    status: Literal["scheduled", "viewable", "view_expired", "revoked"]
    available_at: Instant
    number: str | None
    issued_at: Instant | None
    viewable: Span
    is_viewable: bool
    verify_url: str | None
    pdf_url: str


class VerifyOut(BaseModel):
    status: Literal["valid", "revoked", "unknown"]
    number: str | None
    program: str | None
    holder: str | None
    issued_at: str | None
    revoked_at: str | None


class InstalmentsOut(BaseModel):
    """The least down payment and the most instalments; kuruş that do not divide are in the first one."""

    down_payment: Money
    rest: list[Money]


class QueryFeeOut(BaseModel):
    """``policy_buyer`` comes on top with the policy; ``within_days``: only if the policy comes that soon."""

    insured: Money
    buyer: Money
    policy_buyer: Money
    refunded_with_policy: bool
    within_days: int | None


class QuoteOut(BaseModel):
    """``standing`` tells what the version is today: historical, in_force or scheduled. Null = no source says it."""

    version: str
    standing: str
    effective_from: str
    effective_to: str | None
    rate_bps: int
    net_premium: Money
    max_cover: Money
    cover_multiple: int
    per_buyer_limit: Money
    floor: Money
    floor_applied: bool
    cash_discount_percent: int | None
    cash_price: Money | None
    instalments: InstalmentsOut | None
    query_fee: QueryFeeOut | None
    offered_from: str | None


class Problem(BaseModel):
    """RFC 9457; ``code`` is stable."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: dict[str, Any] | None = None
