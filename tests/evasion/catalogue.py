"""All families whose cases are one request each, by their letter."""

from collections.abc import Mapping

from tests.evasion import (
    family_c_multipart,
    family_d_coding,
    family_e_labels,
    family_f_json,
    family_g_base64,
    family_h_beside,
    family_h_more,
    family_h_pictures,
    family_h_scans,
    family_i_archives,
    family_i_more,
    family_j_documents,
    family_j_pdf,
    family_j_pdf_room,
    family_n_places,
    family_o_bombs,
    family_o_files,
)
from tests.evasion.case import Case

FAMILIES: Mapping[str, tuple[Case, ...]] = {
    "C": family_c_multipart.CASES,
    "D": family_d_coding.CASES,
    "E": family_e_labels.CASES,
    "F": family_f_json.CASES,
    "G": family_g_base64.CASES,
    "H": (*family_h_scans.CASES, *family_h_more.CASES, *family_h_beside.CASES, *family_h_pictures.CASES),
    "I": (*family_i_more.CASES, *family_i_archives.CASES),
    "J": (*family_j_pdf.CASES, *family_j_pdf_room.CASES, *family_j_documents.CASES),
    "N": family_n_places.CASES,
    "O": (*family_o_files.CASES, *family_o_bombs.CASES),
}
