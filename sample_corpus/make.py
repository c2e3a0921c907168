#!/usr/bin/env python3
"""Writes matter/ and mail_calibration/ from the texts below.

    sample_corpus/make.py

Ferris v. Larkfield Loans is invented, and so is everyone in it. The texts were written for
this project. Python's standard library is enough; every run writes the same bytes, but for
those that another version of zlib packs otherwise.
"""

import base64
import pathlib
import random
import shutil
import struct
import zipfile
import zlib
from xml.sax.saxutils import escape

HERE = pathlib.Path(__file__).parent
STAMP = (2024, 6, 28, 12, 0, 0)

RUTH = "Ruth Keller <ruth.keller@larkfield.example>"
TOM = "Tom Adeyemi <tom.adeyemi@larkfield.example>"
INES = "Ines Marchetti <ines.marchetti@larkfield.example>"
COUNSEL = "Joanna Pryce <jpryce@pryce-lowell.example>"
FERRIS = "Ann Ferris <ann.ferris@post.example>"
OFFERS = "Larkfield Loans <offers@larkfield.example>"
CUSTOMERS = "customers@lists.larkfield.example"


def mail(sender, to, date, subject, text, attachments=(), html=False):
    """A mail; the boundary and the message id follow from its subject."""
    mark = f"{zlib.crc32((date + subject).encode()):08x}"
    kind = "html" if html else "plain"
    head = (f"From: {sender}\nTo: {to}\nDate: {date} +0000\nSubject: {subject}\n"
            f"Message-ID: <{mark}@larkfield.example>\nMIME-Version: 1.0\n")
    body = f"Content-Type: text/{kind}; charset=utf-8\n\n{text.strip()}\n"
    if not attachments:
        return (head + body).encode()
    out = head + f'Content-Type: multipart/mixed; boundary="=={mark}"\n\n--=={mark}\n{body}'
    for name, data in attachments:
        if name.endswith(".eml"):
            out += f"--=={mark}\nContent-Type: message/rfc822\n\n{data.decode()}"
        else:
            out += (f"--=={mark}\nContent-Type: application/octet-stream\n"
                    f'Content-Disposition: attachment; filename="{name}"\n'
                    f"Content-Transfer-Encoding: base64\n\n{base64.encodebytes(data).decode()}")
    return (out + f"--=={mark}--\n").encode()


def archive(entries):
    """A zip archive of names and bytes, all of one date."""
    path = HERE / "archive.tmp"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries:
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            file.writestr(info, data)
    data = path.read_bytes()
    path.unlink()
    return data


def docx(*paragraphs):
    """A Word file of plain paragraphs."""
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    text = "".join(f"<w:p><w:r><w:t>{escape(p)}</w:t></w:r></w:p>" for p in paragraphs)
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return archive([
        ("[Content_Types].xml",
         f'{head}<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
         '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName='
         f'"/word/document.xml" ContentType="{main}"/></Types>'),
        ("_rels/.rels",
         f'{head}<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
         f'Type="{office}/officeDocument" Target="word/document.xml"/></Relationships>'),
        ("word/document.xml",
         f'{head}<w:document xmlns:w="{word}"><w:body>{text}</w:body></w:document>'),
    ])


def pdf(*lines):
    """A page of lines in Helvetica."""
    shown = " T* ".join("({}) Tj".format(line.replace("\\", "\\\\").replace("(", "\\(")
                                         .replace(")", "\\)")) for line in lines)
    content = f"BT /F1 11 Tf 60 780 Td 16 TL {shown} ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        "<< /Title (Larkfield Loans) /CreationDate (D:20240412090000Z) >>",
    ]
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    out += "".join(f"{place:010} 00000 n \n" for place in places)
    out += (f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 6 0 R >>\n"
            f"startxref\n{start}\n%%EOF\n")
    return out.encode("cp1252")


def png(bars):
    """A bar chart of 160 × 100 gray pixels."""
    rows = b""
    for y in range(100):
        row = bytearray(b"\xf8" * 160)
        for i, high in enumerate(bars):
            if 95 - high <= y < 95:
                row[10 + 25 * i:28 + 25 * i] = bytes([70 + 20 * i]) * 18
        rows += b"\0" + row
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 160, 100, 8, 0, 0, 0, 0)),
              (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks)


def advert(subject, lines, date):
    text = "<html><body>" + "".join(f"<p>{line}</p>\n" for line in lines) + "</body></html>"
    return mail(OFFERS, CUSTOMERS, date, subject, text, html=True)


def mbox(mails):
    return b"".join(b"From - Fri Jun 28 12:00:00 2024\n" + one.replace(b"\nFrom ", b"\n>From ") + b"\n"
                    for one in mails)


def matter():
    """Paths and bytes; the first folder of a path is the custodian."""
    memo = docx(
        "Wording of the spring mailing",
        "The leaflet may say that customers can repay early. It may not say that this is free: "
        "the early repayment fee of two months' interest is in clause 9 of every contract.",
        "If marketing wants the word free, finance has to drop the fee first. T. A.")
    chart = png([30, 44, 61, 80, 52])
    yield "compliance/2024-04-12 wording.eml", mail(
        TOM, RUTH, "Fri, 12 Apr 2024 09:12:00", "Wording of the spring mailing",
        "Ruth,\n\nmy notes are attached, with the chart of complaints by month. "
        "Please call me before anything is printed.\n\nTom",
        [("wording.docx", memo), ("complaints.png", chart)])
    yield "compliance/2024-04-18 advice.eml", mail(
        COUNSEL, TOM, "Thu, 18 Apr 2024 16:40:00", "Privileged: early repayment fee",
        "Dear Tom,\n\nyou asked whether the early repayment fee can be charged to customers who "
        "answered the mailing. In our opinion it cannot. Please treat this advice as "
        "confidential.\n\nJoanna Pryce\nPryce Lowell, solicitors")
    complaint = mail(
        FERRIS, "service@larkfield.example", "Mon, 3 Jun 2024 18:05:00", "Your fee",
        "Dear Sir or Madam,\n\nI repaid my loan in May. Your leaflet said that this costs nothing. "
        "Now you ask for 480.\nI want this back.\n\nAnn Ferris")
    yield "compliance/2024-06-04 complaint.eml", mail(
        TOM, INES, "Tue, 4 Jun 2024 08:30:00", "Fwd: Your fee",
        "Ines,\n\nanother one about early repayment. The charge is on the statement attached. "
        "How many are there by now?\n\nTom",
        [("complaint.eml", complaint),
         ("statement.pdf", pdf("Larkfield Loans, statement for A. Ferris", "Loan repaid 14 May 2024",
                               "Early repayment fee (clause 9): 480.00"))])
    yield "compliance/2024-06-07 canteen.eml", mail(
        INES, TOM, "Fri, 7 Jun 2024 11:02:00", "Lunch",
        "Tom, the canteen is closed on Monday. Shall we go to the place by the river? Ines")
    yield "finance/fees 2024.pdf", pdf(
        "Larkfield Loans, table of fees for 2024", "Arrangement: 150.00", "Late instalment: 25.00",
        "Early repayment: a fee of two months' interest (clause 9)", "Copy of a statement: 5.00")
    yield "finance/budget.docx", docx(
        "Budget of the service desk", "Two people from July, one more from October.",
        "The lease of the second floor ends in September.")
    yield "finance/invoices.zip", archive([
        ("printer 0415.pdf", pdf("Harrow Print, invoice 0415", "20,000 leaflets, four colours",
                                 "Repay early, free of charge: text as supplied on 9 April")),
        ("translator 0422.txt", "Invoice 0422\nTranslation of the terms of contract, 3,100 words\n"),
    ])
    yield "marketing/ruth.mbox", mbox([
        mail(RUTH, INES, "Tue, 9 Apr 2024 10:00:00", "Leaflet to the printer",
             "Ines, the leaflet went to Harrow Print today, 20,000 copies. Tom has not seen it "
             "yet, he is away until Friday. Ruth"),
        advert("Repay early, FREE! Save money on your loan today", [
            "Dear homeowner,", "Are you paying too much? Our lowest rates ever are guaranteed for "
            "a limited time only. Save thousands, with no obligation!",
            "Repay early, free of charge. No credit check. <a href='http://larkfield.example/'>"
            "Click here now</a> for your free quote.",
            "To be removed from our mailing list, click here and type REMOVE."],
            "Mon, 15 Apr 2024 07:00:00"),
        mail(RUTH, TOM, "Mon, 15 Apr 2024 14:20:00", "Re: Wording of the spring mailing",
             "Tom, sorry, it was sent this morning. Nobody reads clause 9 anyway. We will say that "
             "the charge for early repayment is waived if anyone asks. Ruth"),
        advert("Congratulations! You have been selected", [
            "You have been approved for up to $25,000 cash. This is a free offer, act now!",
            "Consolidate your debt, lower your monthly payments, and get money in your pocket "
            "today. Guaranteed approval, whatever your credit.",
            "Click here to order your free credit report. This offer expires soon.",
            "If you no longer wish to receive these offers, please click here to unsubscribe."],
            "Tue, 14 May 2024 07:00:00"),
        mail(INES, RUTH, "Wed, 5 Jun 2024 09:45:00", "Complaints",
             "Ruth, 31 letters so far, all about the same sentence in the leaflet. Tom wants a "
             "meeting on Thursday at ten, room 2. Could you bring the proofs? Ines"),
        mail(RUTH, INES, "Thu, 20 Jun 2024 17:30:00", "Holidays",
             "Ines, I am away from 1 to 12 July. The photographer has my number. Ruth"),
    ])


HAM = ["The minutes of Tuesday's meeting are in the usual folder. Please read item 4 before Friday.",
       "I have changed the second paragraph and put the figures in a table. What do you think?",
       "The server was down from two until four last night. Backups ran again this morning.",
       "Could you check whether the contract with the printer ends in June or in July?",
       "Here is the list of participants. Two have not answered yet, I will ask them again.",
       "We moved the patch to the next release because the tests failed on the old machine.",
       "My train is late, so please start without me. I will join by phone.",
       "The photographer sent three pictures of the new office. The second one is the best.",
       "Attached are my comments on the draft. Nothing serious, but look at page 12.",
       "Thanks for your help yesterday. The problem was the wrong version of the library."]
AD = ["Dear friend, make money fast from home! Click here for your free information.",
      "Lowest mortgage rates ever, guaranteed! Save thousands on your monthly payments today.",
      "You have been selected for a free offer. Act now, this is a limited time offer!",
      "Consolidate your debt and get cash in your pocket. No credit check, no obligation.",
      "Lose weight now, 100% natural, money back guarantee. Order today and save 50%!",
      "Buy direct, lowest prices on the internet. Visit our web site and order by credit card.",
      "To be removed from our mailing list please reply with REMOVE in the subject line.",
      "Congratulations, you are a winner! Claim your free vacation, call our toll free number.",
      "Increase your sales with our email list, millions of addresses on one CD for only $99.",
      "This is not spam. You receive this email because you asked for offers. Click here!"]


def calibration():
    """Sixty mails, office and advertising by turns, of one to six sentences."""
    draw = random.Random(1)
    for number in range(60):
        ad = number % 2
        sentences = draw.sample(AD if ad else HAM, 1 + draw.randrange(6))
        subject = draw.choice(["Free offer!!!", "You are approved", "Save money now"] if ad
                              else ["Re: draft", "Meeting", "Release", "Friday"])
        sender = "offers@shop.example" if ad else "pat@office.example"
        yield f"{number:02}_label{ad}.eml", mail(
            sender, "sam@office.example", f"Mon, {1 + number % 28} Jan 2024 08:{number:02}:00", subject,
            "\n\n".join(sentences))


def main():
    for folder, files in (("matter", matter()), ("mail_calibration", calibration())):
        shutil.rmtree(HERE / folder, ignore_errors=True)
        for name, data in files:
            path = HERE / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


if __name__ == "__main__":
    main()
