from rest_framework.generics import ListAPIView
from rest_framework.serializers import ModelSerializer

from core.models import Order


class OrderSerializer(ModelSerializer):
    class Meta:
        model = Order
        fields = ["meal", "state"]


class Orders(ListAPIView):
    queryset = Order.objects.order_by("pk")
    serializer_class = OrderSerializer
