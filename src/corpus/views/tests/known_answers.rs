//! Digests of views, so that a machine on which they differ is noticed.

use sha2::{Digest, Sha256};

use super::*;

#[test]
fn views_are_the_same_on_every_machine() {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut wrong = Vec::new();
    for (file, gray, rgb) in KNOWN {
        let bytes = std::fs::read(format!("{root}/{file}")).unwrap();
        for (name, expected) in [("image/gray-28x28", gray), ("image/rgb-28x28", rgb)] {
            let bytes = canonicalise_file(&bytes, &view(name)).unwrap();
            let digest = hex::encode(Sha256::digest(bytes));
            if digest != expected {
                wrong.push(format!("{file} {name}: {digest}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The digests are those of another program, which works in fractions
/// (`scripts/crop-vectors.py`).
#[test]
fn the_middle_of_a_picture_is_what_fractions_say() {
    let root = env!("CARGO_MANIFEST_DIR");
    let bytes = std::fs::read(format!("{root}/sample_corpus/documents/0000_label4.png")).unwrap();
    for (name, expected) in [
        (
            "image/gray-20x9-crop",
            "20d7e634f0d55aa3e3dd117a17ed70acd30b400127ac0e2b8f763006726ff376",
        ),
        (
            "image/gray-9x20-crop",
            "5ebb607436a8e3f622a95bd78d315be9620ebe5cb5c0ae4e737f32c100241e2c",
        ),
        (
            "image/gray-37x5-crop",
            "6cb027c2c4518aba3d0047bdeb4cd6da7462ca9e57f6e39aff622d075680a709",
        ),
    ] {
        let shown = canonicalise_file(&bytes, &view(name)).unwrap();
        assert_eq!(hex::encode(Sha256::digest(shown)), expected, "{name}");
    }
}

/// File, SHA-256 of its gray view, of its colour view.
const KNOWN: [(&str, &str, &str); 11] = [
    (
        "sample_corpus/documents/0000_label4.png",
        "1dd977eadde39dcc6f8d14dc1f0e7f19292d61f0a14369555b3fb83e44fdd451",
        "eb9a46d793e80e3525274c64eac000ab2d63a7fea28a033c1aa7bb3379cbc8b3",
    ),
    (
        "sample_corpus/documents/0095_label7.jpg",
        "bf2b02261b9cc395167b7e668d24eacd2006cc4cb97c9f9a25e45abdaef3d3e0",
        "1f4b0541f122ae029752924a39c97c7970dcf23e2bd566fa314106f8fa216d03",
    ),
    (
        "sample_corpus/documents/0104_label7.bmp",
        "60ad415dd77717ca3f441e4201522ba66ceb1491151654c5f20f5b2f5a0d995b",
        "78a52df0059d27cdd981aae94d873c6c89da1ca3cee63406e8307692ccdd31fa",
    ),
    (
        "sample_corpus/documents/0033_label3.gif",
        "507febf4fbb5aa6c01ea1fbe59112a4dcd052a207df6a6cf5b0c7e1cac562fa9",
        "7ffcce075c26103098c53b5762316d0fd985410c76b0519eeac827bcb0025379",
    ),
    (
        "sample_corpus/documents/0034_label1.tiff",
        "6dc6bf1aa11346be9b443dfce53253cc9ebfd3a28ce7777996c433f3f038cc40",
        "bef623b4a12106cf5b7fc49567dd53fe58d31dd2195fb83904ece6bc23a71146",
    ),
    (
        "sample_corpus/documents/0035_label2.webp",
        "e2aa8f5decf622b1e26577cccab34503fea3a2b49a322ad29b5bc388eecc628e",
        "8424aed9282c172086446ba750f99834b351d72d3e697a0e09c89e9da923efd2",
    ),
    (
        "tests/vectors/images/baseline-420.jpg",
        "71434762d1c5ba99863f4e88613834f18d6850c60d092426f8444628b7dc4005",
        "bbfdc31b6c8c38d9aa227161affd0ff4d457f2c360f438c9c1709187f0d0c6ee",
    ),
    (
        "tests/vectors/images/progressive-444-wide.jpg",
        "71434762d1c5ba99863f4e88613834f18d6850c60d092426f8444628b7dc4005",
        "a6ffcd6b560ff77f809ae2a0b0b70df1ddc1ab6e6797f71ed38dc51a09218474",
    ),
    (
        "tests/vectors/images/adobe-rgb.jpg",
        "71434762d1c5ba99863f4e88613834f18d6850c60d092426f8444628b7dc4005",
        "fa601483ef9af620ba5cadf5b1d19d20928c807bb65148f3f7b1d46a26225956",
    ),
    (
        "tests/vectors/images/adobe-cmyk.jpg",
        "6fc09dfb33634a195ca020908c3bd6d72039145b8db44a1eea2d25bd18842720",
        "1378fa724f2f3cbec3437711f2a62a461ac74a3a3b4527d6607b6fc01ffa9e29",
    ),
    (
        "tests/vectors/images/orientation-6.jpg",
        "20a929c3d597cfa300ffadddfd511a6a8275817bcfa410ebb0164e42cd62147b",
        "c918f67802c54ac859b66cf0c35e35ca1aa17871d5200aae66d24549a7836ee2",
    ),
];
