"""Pages of the exemptions feature."""

from flask import Blueprint

bp = Blueprint("exemptions", __name__)
