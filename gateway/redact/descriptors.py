"""Cleans a description: what is left are words of imaging, anatomy and technique, and small numbers.

The profile's `Clean Descriptors` asks for text of similar meaning that is known not to identify. A list of what may
stay is the only way to know; a word that is not on it goes, whoever it may name.
"""

import re
from functools import cache
from typing import Final

_WORDS: Final = """
ab abd abdomen abdominal abscess acute adrenal after air aorta aortic ap apical appendix aneurysm angio angiogram
angiography ankle anterior arch arm arterial arteries artery arthritis aspect atlas atrial axial axilla axr
b back barium base before bi bilateral biopsy bladder bolus bone bowel brain breast bronchial bone
c calcaneus calcification calf cardiac carotid carpal catheter cavity cc cecum cerebellum cerebral cervical cervix
chest child chin cine clavicle clip coccyx colon column common comparison complete contrast control cor coronal
coronary cor cr cranial craniocaudal cross ct cta cyst cxr
d data day decubitus delayed dental density diaphragm diffusion digital disc dissection distal dixon dorsal dose dual
duct duodenum dwi dx dynamic
ear early ecg echo edema effusion elbow embolism emphysema endo enhanced epi epidural erect esophagus evaluation exam
examination expiration extension external extremity eye
f face facial fat femoral femur fetal fibula field film finger fistula flair flexion fluid fluoroscopy flow fmri
follow followup foot for forearm fracture frontal full function functional fundus fusion
gallbladder gastric general gland gradient gre groin guidance guided gynecologic
hand haste head heart heel helical hematoma hemorrhage hepatic hernia high hilum hip hr hrct humerus
image images imaging in infarct inferior inflow infusion inguinal initial injury inspiration inner intercostal
internal intestine intra intracranial intravenous inversion ir ischemia isotropic iv
jaw joint
kernel kidney kidneys knee kub kv
l l1 l2 l3 l4 l5 lat lateral late left leg lesion level liver ll lobe localiser localizer long low lower lumbar lung
lungs lx lymph
m male mammo mammogram mammography mandible mask mass mastoid maxilla medial mediastinum mediolateral meniscus mid middle
mip ml mlo mm mpr mprage mr mra mrcp mri mrv multi muscle myelogram
nasal native neck neonatal nerve node nodule non nose nuclear
oblique obstruction of on orbit orbits open or ovary overview
pa pacs pain palate pancreas paranasal paravertebral parathyroid parenchyma patella pd pelvic pelvis penis perfusion
peritoneum pet phantom phase phases pharynx pituitary plain plane plaque pleura pleural pneumonia pneumothorax popliteal
portal portable position post posterior postcontrast postoperative pre precontrast preoperative projection prone prostate
protocol proximal pulmonary
r radius rapid recon reconstruction rectum reformat region renal report resonance rest retro rib ribs right rl rotator
routine rt
s s1 sacral sacrum sag sagittal scan scanogram scaphoid scapula scout screening scrotum se secondary segment sella sequence
series shoulder sigmoid single sinus sinuses skeletal skull slice slices small soft spect spin spinal spine spiral spleen
standard standing stapedial stent sternum stir stomach stress structured study subtraction superior supine survey swi system
t1 t2 t2w t1w tibia target temporal tendon test testis thick thigh thin thoracic thorax thrombosis thumb thyroid time
tissue to toe tof tomography tongue tra trachea transverse trauma treatment tse tumor tumour turbo two
ulna ultrasound unenhanced uncontrasted unilateral upper ureter urethra urinary us uterus
vagina valve vascular vein veins venous ventral ventricle ventricular vertebra vessel view views volume
w wall water weighted whole window with without wo wrist x xr xray year
le re cc rcc lcc rmlo lmlo rml lml rcc
"""
VOCABULARY: Final = frozenset(_WORDS.split())
LONGEST_NUMBER: Final = 3
"""Digits: thicknesses, angles and counts; longer numbers may be dates and record numbers."""

_WITHOUT: Final = re.compile(r"\bw/o\b|\bs/c\b", re.IGNORECASE)
_WITH: Final = re.compile(r"\bw/|\bc/c\b", re.IGNORECASE)
"""Spelled out first: losing half of `w/o` would turn it into its opposite."""
_PIECE: Final = re.compile(r"[^\W_]+(?:\.\d+)?")


def cleaned_description(text: str) -> str:
    """The words of a description that may stay, separated by spaces; empty where none may."""
    spoken = _WITH.sub(" with ", _WITHOUT.sub(" without ", text))
    kept = [word for word in _PIECE.findall(spoken) if may_stay(word)]
    return " ".join(kept) if any(not word.isdigit() for word in kept) else ""


@cache
def may_stay(word: str) -> bool:
    """Whether a word is one of imaging, or a short number."""
    plain = word.casefold()
    number = re.fullmatch(r"(\d+)(?:\.(\d+))?(?:mm|cm|t|kv|mas|ml|d)?", plain)
    if number is not None:
        return len(number[1]) <= LONGEST_NUMBER and len(number[2] or "") <= LONGEST_NUMBER
    return plain in VOCABULARY
