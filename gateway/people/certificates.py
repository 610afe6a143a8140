"""People who hold a certificate of the organisation (RFC 5280), shown on the TLS proxy port."""

from dataclasses import dataclass
from datetime import UTC

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from gateway.errors import PeopleError
from gateway.people.book import Book
from gateway.people.person import NAME, Certificate, Credential, Person, canonical
from gateway.people.schema import CertificatesSpec

INTERMEDIATES = 5


@dataclass(frozen=True, slots=True)
class CertificateDirectory:
    """The authority that issues certificates to people."""

    spec: CertificatesSpec
    store: Store
    revoked: frozenset[str]

    @staticmethod
    def of(book: Book, spec: CertificatesSpec) -> "CertificateDirectory":
        """The authority that the people file names. PeopleError where it cannot be read."""
        try:
            trusted = x509.load_pem_x509_certificates(book.path(spec.authority).read_bytes())
            return CertificateDirectory(spec, Store(trusted), book.revoked)
        except (OSError, ValueError) as error:
            raise PeopleError(
                f"certificates: the authority cannot be read ({type(error).__name__})"
            ) from None

    def knows(self, credential: Credential) -> bool:
        """Certificates."""
        return isinstance(credential, Certificate)

    def find(self, credential: Credential) -> Person | None:
        """The person named by a certificate that this authority issued for signing in, and that is valid now."""
        assert isinstance(credential, Certificate)
        try:
            leaf, *between = [
                x509.load_der_x509_certificate(der) for der in credential.chain[: INTERMEDIATES + 1]
            ]
            PolicyBuilder().store(self.store).build_client_verifier().verify(leaf, between)
            name = canonical(self._named(leaf))
        except (VerificationError, ValueError, UnsupportedAlgorithm, x509.ExtensionNotFound, IndexError):
            return None
        if not NAME.fullmatch(name) or f"{leaf.serial_number:x}" in self.revoked:
            return None
        return Person(name, until=leaf.not_valid_after_utc.astimezone(UTC).timestamp())

    def _named(self, leaf: x509.Certificate) -> str:
        if self.spec.name == "email":
            names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            (address,) = names.get_values_for_type(x509.RFC822Name)
            return address
        (common,) = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(common.value)
