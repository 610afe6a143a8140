"""A decision in words that a nurse understands."""

from gateway.audit import Entry

ACTIONS = {
    "allow": "The upload was let through unchanged.",
    "log": "The upload was let through unchanged and noted.",
    "coach": "The upload was stopped until a reason is given.",
    "redact": "What could identify a patient was removed, then the upload went on.",
    "block": "The upload was stopped. Nothing was sent.",
}

MODALITIES = {
    "xray": "an X-ray", "ct": "a CT image", "mri": "an MRI image", "ultrasound": "an ultrasound image", "pet": "a PET image",
    "nuclear": "a nuclear medicine image", "mammogram": "a mammogram", "fundus": "a photograph of the retina",
    "oct": "an OCT scan of the eye", "histology": "a tissue slide", "dermatology": "a photograph of skin",
    "endoscopy": "an endoscopy image", "ecg": "an ECG", "dental": "a dental X-ray",
    "document": "a medical document", "other": "a medical image",
}  # fmt: skip

OUTCOMES = {
    "delivered": "It reached the service.",
    "refused": "The sender was told no, and nothing reached the service.",
    "client-gone": "The sender went away before the end.",
    "upstream-failed": "The service could not be reached.",
    "unknown-crash": "Not known: the gateway was interrupted.",
    "open": "Not known yet.",
}


def describe(entry: Entry) -> list[str]:
    """What was seen and done, one sentence a line."""
    sentences = [ACTIONS.get(entry.action, "")]
    if entry.medical:
        what = MODALITIES.get(entry.modality, "a medical image")
        certain = not entry.score or float(entry.score) >= 1
        sentences.append(f"It is {what}." if certain else f"It looks like {what} (score {entry.score} of 1).")
    elif entry.score:
        sentences.append(f"It does not look like a medical image (score {entry.score} of 1).")
    return [sentence for sentence in sentences if sentence]
