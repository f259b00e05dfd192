"""Pages of the tariff feature."""

from flask import Blueprint

bp = Blueprint("tariff", __name__)
