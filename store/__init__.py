"""All SQL: migrations, named queries in .sql files, row ↔ noun."""
