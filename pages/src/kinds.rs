//! Kinds of files in words.

use candor_documents::Kind;

/// What a file is, for a reader.
pub(crate) const fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Empty => "empty file",
        Kind::Text => "plain text",
        Kind::Html => "HTML",
        Kind::Rtf => "RTF",
        Kind::Mail => "mail",
        Kind::Msg => "Outlook message",
        Kind::Docx => "Word document",
        Kind::Xlsx => "Excel workbook",
        Kind::Pptx => "PowerPoint presentation",
        Kind::Odt => "OpenDocument text",
        Kind::Ods => "OpenDocument spreadsheet",
        Kind::Odp => "OpenDocument presentation",
        Kind::Pdf => "PDF",
        Kind::OldOffice => "Office file of before 2007",
        Kind::EncryptedOffice => "Office file under a password",
        Kind::Zip => "zip archive",
        Kind::Tar => "tar archive",
        Kind::Gzip => "gzip archive",
        Kind::SevenZip => "7z archive",
        Kind::Mbox => "mailbox",
        Kind::Pst => "Outlook data file",
        Kind::Rar => "RAR archive",
        Kind::OtherArchive => "archive",
        Kind::Tnef => "winmail.dat",
        Kind::Cms => "signed or encrypted message",
        Kind::Nsf => "Lotus Notes database",
        Kind::OneNote => "OneNote section",
        Kind::Png => "PNG picture",
        Kind::Jpeg => "JPEG picture",
        Kind::Gif => "GIF picture",
        Kind::Bmp => "BMP picture",
        Kind::WebP => "WebP picture",
        Kind::Tiff => "TIFF picture",
        Kind::OtherPicture => "picture",
        Kind::SoundOrVideo => "sound or film",
        Kind::Unknown => "file of an unknown kind",
    }
}
