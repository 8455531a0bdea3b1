"""Payment providers, played on this machine: see ``kit`` for how to write one."""
