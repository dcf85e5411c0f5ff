"""What is served as it stands: the contract and the page that shows it. Not limited and not shed."""

from app.contract import Contract
from app.http.docs import Document, docs_documents


def documents_of(contract: Contract) -> dict[str, Document]:
    """Documents by path."""
    return {
        "/openapi.yaml": Document("application/yaml; charset=utf-8", contract.yaml, {}),
        "/openapi.json": Document("application/json; charset=utf-8", contract.json, {}),
        **docs_documents(),
    }
