// Copies the text of an area, or of a line of code, at a press of its button. Without scripts there is no button, and
// the text can be selected.
for (const button of document.querySelectorAll("button[data-copies]")) {
  const area = document.getElementById(button.dataset.copies);
  const said = button.textContent;
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (area.select) area.select();
    else getSelection().selectAllChildren(area);
    try {
      await navigator.clipboard.writeText(area.value ?? area.textContent);
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = said; }, 2000);
    } catch {
      area.focus();
    }
  });
}
