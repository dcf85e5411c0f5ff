"""Writes openapi.yaml from the code."""

from pathlib import Path

from app.config import Config
from app.documentation import document_yaml
from app.main import create_app


def main() -> None:
    """Replace openapi.yaml by the document of the application; no service has to run."""
    app = create_app(Config.model_construct(None, CORS_ORIGINS=()))
    Path("openapi.yaml").write_text(document_yaml(app), "utf-8")


if __name__ == "__main__":
    main()
