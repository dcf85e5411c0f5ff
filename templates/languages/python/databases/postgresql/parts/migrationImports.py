from sqlalchemy.dialects import postgresql
