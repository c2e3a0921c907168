//! Pictures of pages as files that picture readers take.
//!
//! What is already a file inside the PDF stays it: JPEG, JPEG 2000. Group 4 and Deflate
//! are put into TIFF or PNG as they are packed. Other samples stand in TIFF unpacked.
//! Profiles are not applied: a colour space with a profile is the device's with as many
//! components.

use std::rc::Rc;

use super::fax;
use super::file::File;
use super::object::{Dict, Object, Stream};
use super::raster::{Colors, Raster};
use super::streams::Unpacked;
use crate::Reason;

/// Longest side of a picture.
const SIDE: i64 = 65_535;

/// A picture as a file.
pub(crate) struct PictureFile {
    /// The end of its name.
    pub(crate) suffix: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// Makes a file of a picture.
///
/// # Errors
/// [`Reason::NotOpened`] for pictures of kinds that are not taken,
/// [`Reason::Damaged`], or that a limit is passed.
pub(crate) fn picture(file: &File<'_, '_>, stream: &Stream) -> Result<PictureFile, Reason> {
    let data = file.unpack(stream)?;
    if let Some((filter, parameters)) = &data.left {
        match filter.as_ref() {
            b"DCTDecode" | b"DCT" => return Ok(PictureFile { suffix: "jpg", bytes: data.bytes }),
            b"JPXDecode" => return Ok(PictureFile { suffix: "jp2", bytes: data.bytes }),
            b"CCITTFaxDecode" | b"CCF" => return fax(file, stream, parameters, &data.bytes),
            _ => return Err(Reason::NotOpened),
        }
    }
    samples(file, stream, data)
}

struct Size {
    width: u32,
    height: u32,
}

fn size(file: &File<'_, '_>, dict: &Dict) -> Result<Size, Reason> {
    let side = |long: &[u8], short: &[u8]| {
        let value =
            file.entry(dict, long).as_integer().or_else(|| file.entry(dict, short).as_integer());
        value
            .filter(|side| (1..=SIDE).contains(side))
            .and_then(|side| u32::try_from(side).ok())
            .ok_or(Reason::Damaged)
    };
    Ok(Size { width: side(b"Width", b"W")?, height: side(b"Height", b"H")? })
}

/// Whether samples stand for the opposite of what they say: `Decode` from 1 to 0.
///
/// # Errors
/// [`Reason::NotOpened`] if it is neither that nor the default.
fn inverted(file: &File<'_, '_>, dict: &Dict) -> Result<bool, Reason> {
    let decode = file.entry(dict, b"Decode");
    let Some(decode) = decode.as_array() else { return Ok(false) };
    let numbers: Vec<f64> =
        decode.iter().take(8).filter_map(|number| file.resolve(number).as_number()).collect();
    if numbers.chunks_exact(2).all(|pair| pair == [1.0, 0.0]) {
        Ok(true)
    } else if numbers.chunks_exact(2).all(|pair| pair.first() == Some(&0.0) && pair != [0.0, 0.0]) {
        Ok(false)
    } else {
        Err(Reason::NotOpened)
    }
}

fn fax(
    file: &File<'_, '_>,
    stream: &Stream,
    parameters: &Dict,
    data: &[u8],
) -> Result<PictureFile, Reason> {
    let size = size(file, &stream.dict)?;
    let integer = |key: &[u8], default| file.entry(parameters, key).as_integer().unwrap_or(default);
    let flag = |key: &[u8], default| match file.entry(parameters, key) {
        Object::Bool(flag) => flag,
        _ => default,
    };
    let columns = u32::try_from(integer(b"Columns", 1728)).map_err(|_| Reason::Damaged)?;
    if columns != size.width {
        return Err(Reason::Damaged);
    }
    // Black of the fax is 0, and 0 is black, unless something says otherwise.
    let mut black_is_white = flag(b"BlackIs1", false) ^ inverted(file, &stream.dict)?;
    if let Space { colors: Colors::Palette, palette, .. } = space(file, stream, 1)? {
        let dark = |index: usize| {
            palette.get(index).map_or(0, |color| color.iter().map(|c| u32::from(*c)).sum())
        };
        black_is_white ^= dark(0) > dark(1);
    }
    let k = integer(b"K", 0);
    let aligned = flag(b"EncodedByteAlign", false);
    let mut raster = Raster {
        width: size.width,
        height: size.height,
        bits: 1,
        colors: if black_is_white { Colors::BlackIsZero } else { Colors::WhiteIsZero },
        palette: Vec::new(),
        compression: 4,
        data,
    };
    let rows;
    if k >= 0 || aligned {
        // Variants that TIFF has no name for.
        let settings = fax::Settings {
            k,
            aligned,
            end_of_line: flag(b"EndOfLine", false),
            end_of_block: flag(b"EndOfBlock", true),
        };
        rows = fax::decode(file, data, size.width, size.height, settings)?;
        raster.compression = 1;
        raster.data = &rows;
    }
    let bytes = raster.tiff().ok_or(Reason::TooLarge)?;
    Ok(PictureFile { suffix: "tiff", bytes })
}

fn samples(file: &File<'_, '_>, stream: &Stream, data: Unpacked) -> Result<PictureFile, Reason> {
    let dict = &stream.dict;
    let size = size(file, dict)?;
    let mask = matches!(file.entry(dict, b"ImageMask"), Object::Bool(true));
    let bits =
        if mask { 1 } else { file.entry(dict, b"BitsPerComponent").as_integer().unwrap_or(8) };
    let bits = u32::try_from(bits)
        .ok()
        .filter(|bits| matches!(bits, 1 | 2 | 4 | 8 | 16))
        .ok_or(Reason::Damaged)?;
    let space = space(file, stream, bits)?;
    let mut colors = space.colors;
    let inverted = inverted(file, dict)?;
    if bits == 16 && colors == Colors::Palette {
        return Err(Reason::Damaged);
    }
    let row = Raster::row(size.width, bits, colors.samples()).ok_or(Reason::TooLarge)?;
    let length = row.checked_mul(size.height as usize).ok_or(Reason::TooLarge)?;
    let mut bytes = data.bytes;
    if bytes.len() < length {
        return Err(Reason::Damaged);
    }
    bytes.truncate(length);
    match (inverted, colors) {
        (true, Colors::BlackIsZero) => colors = Colors::WhiteIsZero,
        (true, Colors::WhiteIsZero) => colors = Colors::BlackIsZero,
        (true, Colors::Palette) => return Err(Reason::NotOpened),
        (true, Colors::Rgb | Colors::Cmyk) => bytes.iter_mut().for_each(|byte| *byte = !*byte),
        (false, _) => {}
    }
    let mut raster = Raster {
        width: size.width,
        height: size.height,
        bits,
        colors,
        palette: space.palette,
        compression: 1,
        data: &bytes,
    };
    // Deflate that one filter gave is kept as it is.
    let packed;
    let filters = file.filters(dict);
    let flipped = inverted && matches!(colors, Colors::Rgb | Colors::Cmyk);
    if let [(name, parameters)] = &filters[..]
        && matches!(name.as_ref(), b"FlateDecode" | b"Fl")
        && data.whole
        && !flipped
    {
        packed = file.raw(stream)?;
        let integer =
            |key: &[u8], default| file.entry(parameters, key).as_integer().unwrap_or(default);
        let predictor = integer(b"Predictor", 1);
        let as_rows = integer(b"Columns", 1) == i64::from(size.width)
            && integer(b"Colors", 1) == colors.samples() as i64
            && integer(b"BitsPerComponent", 8) == i64::from(bits);
        let unpacked = raster.data;
        raster.data = &packed;
        if predictor >= 10 && as_rows {
            if let Some(bytes) = raster.png() {
                return Ok(PictureFile { suffix: "png", bytes });
            }
        } else if predictor <= 1 {
            raster.compression = 8;
            let bytes = raster.tiff().ok_or(Reason::TooLarge)?;
            return Ok(PictureFile { suffix: "tiff", bytes });
        }
        raster.data = unpacked;
    }
    let bytes = raster.tiff().ok_or(Reason::TooLarge)?;
    let grown = bytes.len();
    file.spend(|budget| budget.take_bytes(grown))?;
    Ok(PictureFile { suffix: "tiff", bytes })
}

/// A colour space as far as it matters here.
struct Space {
    colors: Colors,
    palette: Vec<[u8; 3]>,
}

fn space(file: &File<'_, '_>, stream: &Stream, bits: u32) -> Result<Space, Reason> {
    let mask = matches!(file.entry(&stream.dict, b"ImageMask"), Object::Bool(true));
    let object = file.entry(&stream.dict, b"ColorSpace");
    if mask || object.is_null() {
        return Ok(Space { colors: Colors::BlackIsZero, palette: Vec::new() });
    }
    if let Object::Array(array) = &object {
        let kind = array.first().map(|kind| file.resolve(kind));
        if let Some(b"Indexed" | b"I") = kind.as_ref().and_then(Object::as_name) {
            return Ok(Space { colors: Colors::Palette, palette: palette(file, array, bits)? });
        }
    }
    Ok(Space { colors: device(file, &object)?, palette: Vec::new() })
}

/// The device's colours that stand for a colour space.
fn device(file: &File<'_, '_>, object: &Object) -> Result<Colors, Reason> {
    let array: Rc<Vec<Object>> = match object {
        Object::Array(array) => array.clone(),
        name => Rc::new(vec![name.clone()]),
    };
    let item = |at: usize| array.get(at).map(|item| file.resolve(item)).unwrap_or_default();
    match item(0).as_name() {
        Some(b"DeviceGray" | b"G" | b"CalGray") => Ok(Colors::BlackIsZero),
        Some(b"DeviceRGB" | b"RGB" | b"CalRGB") => Ok(Colors::Rgb),
        Some(b"DeviceCMYK" | b"CMYK") => Ok(Colors::Cmyk),
        Some(b"ICCBased") => {
            let components = item(1).as_dict().and_then(|dict| file.entry(dict, b"N").as_integer());
            match components {
                Some(1) => Ok(Colors::BlackIsZero),
                Some(3) => Ok(Colors::Rgb),
                Some(4) => Ok(Colors::Cmyk),
                _ => Err(Reason::Damaged),
            }
        }
        // One ink: no ink is white.
        Some(b"Separation") if matches!(item(1).as_name(), Some(b"Black" | b"All")) => {
            Ok(Colors::WhiteIsZero)
        }
        _ => Err(Reason::NotOpened),
    }
}

/// The colours of `[/Indexed base highest table]` as red, green and blue.
fn palette(file: &File<'_, '_>, array: &[Object], bits: u32) -> Result<Vec<[u8; 3]>, Reason> {
    let item = |at: usize| array.get(at).map(|item| file.resolve(item)).unwrap_or_default();
    let base = device(file, &item(1))?;
    let table = match item(3) {
        Object::String(string) => string.to_vec(),
        Object::Stream(stream) => file.unpack(&stream)?.bytes,
        _ => return Err(Reason::Damaged),
    };
    let colors = table.chunks_exact(base.samples()).take(1 << bits.min(8));
    Ok(colors
        .map(|color| match (base, color) {
            (Colors::Rgb, [red, green, blue]) => [*red, *green, *blue],
            (Colors::Cmyk, [c, m, y, k]) => [*c, *m, *y].map(|ink| {
                let product = u32::from(255 - ink) * u32::from(255 - *k);
                ((product + 127) / 255) as u8
            }),
            (Colors::WhiteIsZero, [ink]) => [255 - ink; 3],
            (_, [gray, ..]) => [*gray; 3],
            _ => [0; 3],
        })
        .collect())
}
