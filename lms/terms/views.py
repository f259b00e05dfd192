"""Pages of the terms feature."""

from flask import Blueprint

bp = Blueprint("terms", __name__)
