// Drops a file, or a link, onto the verify form. Without this script the form works as it stands.
const zone = document.querySelector(".drop");
if (zone) {
  const input = zone.querySelector("input[type=file]");
  const form = zone.closest("form");
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); });
  }
  for (const name of ["dragleave", "drop"]) {
    zone.addEventListener(name, () => zone.classList.remove("over"));
  }
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) {
      input.files = event.dataTransfer.files;
    } else {
      form.elements.link.value = event.dataTransfer.getData("text/uri-list").split("\n")[0];
    }
    form.requestSubmit();
  });
}
