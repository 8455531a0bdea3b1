from django.contrib import admin
from django.urls import include, path

admin.site.site_header = admin.site.site_title = "Joanie"
# Shows what waits for a person above the list of models.
admin.site.index_template = "admin/joanie_payment/index.html"

urlpatterns = [
    path("", include("joanie.urls")),
    path("", include("joanie.operations.urls")),
    path("admin/", admin.site.urls),
]
