from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    def get_tags(self):
        return ["canteen"]
