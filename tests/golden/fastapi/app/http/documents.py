"""What is served as it stands: the contract and the page that shows it. Not limited, not counted and not shed."""

from app.contract import Contract
from app.http.docs import docs_documents
from app.http.document import Document

_REVALIDATED = {"cache-control": "no-cache"}


def documents_of(contract: Contract) -> dict[str, Document]:
    """Documents by path."""
    return {
        "/openapi.yaml": Document("application/yaml", contract.yaml, _REVALIDATED),
        "/openapi.json": Document("application/json", contract.json, _REVALIDATED),
        **docs_documents(),
    }
