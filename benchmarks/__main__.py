import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
django.setup()

from benchmarks.bench import main  # noqa: E402 - the settings come first

main()
