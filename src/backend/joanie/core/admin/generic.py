"""Django's classes, generic for type checkers alone."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]
    AnyModelForm = forms.ModelForm[Any]
    AnyStackedInline = admin.StackedInline[Any, Any]
    AnyTabularInline = admin.TabularInline[Any, Any]
    AnyModelMultipleChoiceField = forms.ModelMultipleChoiceField[Any]
else:
    AnyModelAdmin = admin.ModelAdmin
    AnyModelForm = forms.ModelForm
    AnyStackedInline = admin.StackedInline
    AnyTabularInline = admin.TabularInline
    AnyModelMultipleChoiceField = forms.ModelMultipleChoiceField

__all__ = [
    "AnyModelAdmin",
    "AnyModelForm",
    "AnyModelMultipleChoiceField",
    "AnyStackedInline",
    "AnyTabularInline",
]
