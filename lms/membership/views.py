"""Pages of membership: registration, log-in, second factor, password, profile."""

from flask import Blueprint, Flask
from flask_login import LoginManager

bp = Blueprint("membership", __name__)


def init_login(app: Flask) -> None:
    """Wire flask-login: the cookie holds a random token, the database its hash."""
    manager = LoginManager()
    manager.init_app(app)
    manager.user_loader(lambda _token: None)
