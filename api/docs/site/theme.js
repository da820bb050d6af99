// Light or dark as the reader chose it last, before anything is painted. Without a choice it is as the system has it.
try {
  const chosen = localStorage.getItem('countersign-docs-theme');
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch { /* storage is off: as the system has it */ }
