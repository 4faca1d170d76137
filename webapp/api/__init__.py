"""The REST API: the same commands and permissions as the pages, for machines."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Nothing is offered yet."""
