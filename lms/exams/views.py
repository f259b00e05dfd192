"""Pages of the exams feature."""

from flask import Blueprint

bp = Blueprint("exams", __name__)
