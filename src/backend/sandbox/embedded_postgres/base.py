from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base

from sandbox.embedded_postgres.server import ensure_running


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        parameters = super().get_connection_params()
        data_dir = Path(self.settings_dict["DATA_DIR"])
        return {**parameters, **ensure_running(data_dir, database=parameters["dbname"])}
