// Compares a PDF with the bytes that were issued, without sending it anywhere. Needs a secure page; without one it stays hidden.
const box = document.querySelector(".same-file");
if (box && globalThis.crypto?.subtle) {
  const answer = box.querySelector(".same-answer");
  box.hidden = false;
  box.querySelector("input").addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    if (!file) return;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const same = hex === box.dataset.sha256;
    answer.textContent = same ? box.dataset.same : box.dataset.other;
    answer.className = `same-answer alert ${same ? "good" : "warn"}`;
  });
}
