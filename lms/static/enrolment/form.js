// The application form, eased: institutions of the chosen type, districts of the chosen province. Works without this too.

const form = document.querySelector("[data-application]");
const lists = JSON.parse(form.dataset.institutions);
const institution = form.elements.institution;
const institutionRow = institution.closest(".form-row");
const byHand = form.elements.institution_name;
const byHandRow = byHand.closest(".form-row");
const UNLISTED = institution.options[institution.options.length - 1];
const EMPTY = institution.options[0];
const chosenAtFirst = institution.value;

for (const row of form.querySelectorAll("[data-no-script]")) row.hidden = true;

function option(value) {
  const element = document.createElement("option");
  element.value = element.textContent = value;
  return element;
}

function showInstitutions(keep) {
  const names = lists[form.elements.applicant_type.value] ?? [];
  institution.replaceChildren(EMPTY, ...names.map(option), UNLISTED);
  institution.value = names.includes(keep) || keep === UNLISTED.value ? keep : "";
  const listed = names.length > 0;
  institutionRow.hidden = !listed;
  if (!listed) institution.value = "";
  showByHand();
}

function showByHand() {
  const chosen = form.elements.applicant_type.value !== "";
  const listed = !institutionRow.hidden;
  byHandRow.hidden = !chosen || (listed && institution.value !== UNLISTED.value);
  if (byHandRow.hidden) byHand.value = "";
}

for (const radio of form.querySelectorAll("[name=applicant_type]")) radio.addEventListener("change", () => showInstitutions(""));
institution.addEventListener("change", () => {
  showByHand();
  if (institution.value === UNLISTED.value) byHand.focus();
});
showInstitutions(byHand.value && !chosenAtFirst ? UNLISTED.value : chosenAtFirst);

const province = form.elements.province;
const district = form.elements.district;
const noDistrict = district.options[0];

province.addEventListener("change", async () => {
  district.replaceChildren(noDistrict);
  district.value = "";
  if (!province.value) return;
  const asked = province.value;
  const answer = await fetch(`${form.dataset.districts}?il=${encodeURIComponent(asked)}`, { headers: { Accept: "application/json" } });
  if (answer.ok && province.value === asked) district.append(...(await answer.json()).map(option));
});
