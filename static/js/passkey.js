// Binds the page's button to the passkey of the device (the meta tag says which form), and says when it fails.
const { content: kind, dataset } = document.querySelector('meta[name="passkey"]');
window.allauth.webauthn.forms[kind]({ ids: { ...dataset } });

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const button = document.getElementById(dataset.login ?? dataset.add ?? dataset.authenticate);
  let note = document.getElementById("passkey-failed");
  if (!note) {
    note = document.createElement("p");
    note.id = "passkey-failed";
    note.className = "banner bad";
    note.setAttribute("role", "alert");
    button.before(note);
  }
  note.textContent = dataset.failed;
});
