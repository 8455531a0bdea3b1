"use strict";
{
  // Choosing a row in a filter of a list shows the rows that belong to it.
  django.jQuery(document).on("change", ".joanie-autocomplete-filter select", (event) => {
    const address = new URL(window.location.href);
    const parameter = event.target.dataset.parameter;
    address.searchParams.delete("p");
    if (event.target.value) {
      address.searchParams.set(parameter, event.target.value);
    } else {
      address.searchParams.delete(parameter);
    }
    window.location.assign(address);
  });
}
