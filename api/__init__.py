"""FastAPI: JSON routes, pages, sign-in, roles."""
