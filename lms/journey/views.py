"""Pages of the journey feature."""

from flask import Blueprint

bp = Blueprint("journey", __name__)
