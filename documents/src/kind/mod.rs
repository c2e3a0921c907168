//! What a file is, by its bytes alone.

mod compound;
mod package;
mod pdf;
mod signature;
mod text;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Kinds of items that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// No bytes at all.
    Empty,
    /// Plain text in some encoding.
    Text,
    /// HTML.
    Html,
    /// Rich Text Format.
    Rtf,
    /// A mail: RFC 5322 headers, then a body.
    Mail,
    /// An Outlook message.
    Msg,
    /// Office Open XML: a document.
    Docx,
    /// Office Open XML: a workbook.
    Xlsx,
    /// Office Open XML: a presentation.
    Pptx,
    /// OpenDocument: a text.
    Odt,
    /// OpenDocument: a spreadsheet.
    Ods,
    /// OpenDocument: a presentation.
    Odp,
    /// PDF.
    Pdf,
    /// A compound file with a Word document, a workbook or a presentation of before
    /// Office Open XML.
    OldOffice,
    /// An Office document under a password: a compound file with `EncryptedPackage`.
    EncryptedOffice,
    /// A zip archive that is no document.
    Zip,
    /// A tar archive.
    Tar,
    /// A file under gzip.
    Gzip,
    /// A 7z archive.
    SevenZip,
    /// A mailbox: mails one after the other.
    Mbox,
    /// An Outlook data file.
    Pst,
    /// A RAR archive.
    Rar,
    /// An archive or compressed file of another kind.
    OtherArchive,
    /// winmail.dat (TNEF).
    Tnef,
    /// A PKCS #7 or CMS message in DER.
    Cms,
    /// A Lotus Notes database.
    Nsf,
    /// A OneNote section.
    OneNote,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF.
    Gif,
    /// BMP.
    Bmp,
    /// WebP.
    WebP,
    /// TIFF.
    Tiff,
    /// A picture of another kind.
    OtherPicture,
    /// Sound or moving pictures.
    SoundOrVideo,
    /// Anything else.
    Unknown,
}

/// What is told in public about the kind of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum CoarseKind {
    /// Text, mail, office files, PDF.
    Text = 1,
    /// Pictures.
    Picture = 2,
    /// Sound or moving pictures.
    Sound = 3,
    /// Archives and mailboxes.
    Container = 4,
    /// Anything else.
    Other = 5,
}

impl CoarseKind {
    /// Every coarse kind, by code.
    pub const ALL: [Self; 5] =
        [Self::Text, Self::Picture, Self::Sound, Self::Container, Self::Other];

    /// The stable code, never 0.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The coarse kind of a code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The name in artefacts and arguments.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Picture => "picture",
            Self::Sound => "sound",
            Self::Container => "container",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for CoarseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no coarse kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind: write text, picture, sound, container or other")]
pub struct CoarseKindError(String);

impl FromStr for CoarseKind {
    type Err = CoarseKindError;

    fn from_str(text: &str) -> Result<Self, CoarseKindError> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == text);
        found.ok_or_else(|| CoarseKindError(text.chars().take(64).collect()))
    }
}

impl Kind {
    /// What is told in public.
    #[must_use]
    pub fn coarse(self) -> CoarseKind {
        match self {
            Self::Empty
            | Self::Text
            | Self::Html
            | Self::Rtf
            | Self::Mail
            | Self::Msg
            | Self::Docx
            | Self::Xlsx
            | Self::Pptx
            | Self::Odt
            | Self::Ods
            | Self::Odp
            | Self::Pdf
            | Self::OldOffice
            | Self::EncryptedOffice => CoarseKind::Text,
            Self::Zip
            | Self::Tar
            | Self::Gzip
            | Self::SevenZip
            | Self::Mbox
            | Self::Pst
            | Self::Rar
            | Self::OtherArchive
            | Self::Tnef
            | Self::Cms
            | Self::Nsf => CoarseKind::Container,
            Self::Png
            | Self::Jpeg
            | Self::Gif
            | Self::Bmp
            | Self::WebP
            | Self::Tiff
            | Self::OtherPicture => CoarseKind::Picture,
            Self::SoundOrVideo => CoarseKind::Sound,
            Self::OneNote | Self::Unknown => CoarseKind::Other,
        }
    }

    /// Whether this is a mere container: its entries are items of their own right,
    /// not members of its family, when it stands at the top.
    #[must_use]
    pub fn is_container(self) -> bool {
        matches!(self, Self::Zip | Self::Tar | Self::Gzip | Self::SevenZip | Self::Mbox | Self::Pst)
    }
}

/// What a file is. `bytes` are all its bytes; of a file too large to hold, its first
/// 64 KiB, which tell a container but not the kind of a package inside one.
#[must_use]
pub fn kind_of(bytes: &[u8]) -> Kind {
    if bytes.is_empty() {
        return Kind::Empty;
    }
    match signature::kind(bytes) {
        Some(Kind::Zip) => return package::kind(bytes),
        Some(kind) => return kind,
        None if pdf::begins(bytes) => return Kind::Pdf,
        None if crate::containers::tar::stands(bytes) => return Kind::Tar,
        None => {}
    }
    // A mail may carry a PDF or an archive as it stands, so it goes before what may stand
    // behind other bytes.
    match text::mail(bytes) {
        Some(kind) => kind,
        None if pdf::stands_behind(bytes) => Kind::Pdf,
        None if package::ends_in_archive(bytes) => Kind::Zip,
        None => compound::kind(bytes).unwrap_or_else(|| text::kind(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_speaks_of_a_kind_is_text() {
        let speaks = [
            "%PDF-1.7 is how a PDF begins.\n",
            "A file is a PDF if `%PDF-` stands within its first 1,024 bytes.\n",
            "The header\n%PDF-1.4\nis followed by objects such as 1 0 obj, and by %%EOF: \
             see section 7.5 of the standard, and much more of it before the end.\n",
            "GIF89a is a format of CompuServe.\n",
            "GIF87a came before it.\n",
            "BM is what bitmaps begin with.\n",
            "BZh, then a digit.\n",
            "ID3 tags stand before the sound.\n",
            "OggS begins each page.\nfLaC does not.\n",
            "fLaC, without loss.\n",
            "RIFF raff, and WEBP, too.\n",
            "See ftyp in the standard.\n",
            "The ftyp box comes first.\n",
            "!BDN begins a data file.\n",
            "MZ are the initials of Mark Zbikowski.\n",
            "{\\rtfm} is what he wrote.\n",
            "From here on, nothing but text.\nSubject to change.\n",
        ];
        for text in speaks {
            assert_eq!(kind_of(text.as_bytes()), Kind::Text, "{text}");
        }
        let long = |start: &str| format!("{start}{}", "and so on, ".repeat(200));
        let names_all = long("%PDF-1.4 begins it, 1 0 obj follows, ");
        assert_eq!(kind_of(long(&format!("Of PDF: {names_all}")).as_bytes()), Kind::Text);
        let mut far = "x".repeat(257);
        far.push_str("ustar, at a place where archives have it");
        assert_eq!(kind_of(far.as_bytes()), Kind::Text);
        let page = "<html><body><p>%PDF-1.4 is the first line</body></html>";
        assert_eq!(kind_of(page.as_bytes()), Kind::Html);
    }

    #[test]
    fn a_mail_that_shows_a_pdf_is_a_mail() {
        let pdf = "%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\nstartxref\n9\n%%EOF\n";
        for line in ["", "From a@example.com Tue May 14 09:30:00 2019\n"] {
            let mail = format!("{line}From: a@example.com\nTo: b@example.com\nSubject: x\n\n{pdf}");
            assert_eq!(kind_of(mail.as_bytes()), Kind::Mail);
        }
    }

    #[test]
    fn a_pdf_may_stand_behind_something() {
        let pdf = b"%PDF-1.4\r%\xe2\xe3\xcf\xd3\r\n12 0 obj\n<<>>\nendobj\n".as_slice();
        let behind: [&[u8]; 6] = [
            b"",
            b"\xef\xbb\xbf",
            b"\0\0\r\n ",
            b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n",
            b"\x1b%-12345X@PJL JOB\r\n@PJL ENTER LANGUAGE = PDF\r\n",
            &[7; 128],
        ];
        for before in behind {
            assert_eq!(kind_of(&[before, pdf].concat()), Kind::Pdf, "{before:?}");
        }
        // What stands before the objects is no comment, but the file ends as PDFs do.
        let odd = b"job 7 %PDF-1.4 made here\njunk\n1 0 obj\n<<>>\nendobj\nstartxref\n0\n%%EOF";
        assert_eq!(kind_of(odd), Kind::Pdf);
        // One that was cut.
        assert_eq!(kind_of(b"%PDF-1.4\n"), Kind::Pdf);
        assert_eq!(kind_of(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\x01\x02"), Kind::Pdf);
    }

    #[test]
    fn coarse_kinds_have_one_name_and_one_code() {
        for kind in CoarseKind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(CoarseKind::from_code(kind.code()), Some(kind));
        }
        assert_eq!(CoarseKind::from_code(0), None);
        assert!("Text".parse::<CoarseKind>().is_err());
    }
}
