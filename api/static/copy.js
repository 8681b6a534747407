// Copies the text of an area at a press of its button. Without scripts there is no button, and the area can be selected.
for (const button of document.querySelectorAll("button[data-copies]")) {
  const area = document.getElementById(button.dataset.copies);
  const said = button.textContent;
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    area.select();
    try {
      await navigator.clipboard.writeText(area.value);
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = said; }, 2000);
    } catch {
      area.focus();
    }
  });
}
