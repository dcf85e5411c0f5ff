"""The OpenAPI document: FastAPI's own, with what the models and routes do not say."""
