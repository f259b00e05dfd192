"""Pages of the verification feature."""

from flask import Blueprint

bp = Blueprint("verification", __name__)
