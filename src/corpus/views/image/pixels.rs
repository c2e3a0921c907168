//! From any pixel format to 8-bit gray or RGB over white.

use image::DynamicImage;

/// A sample as the decoder gives it.
pub(super) trait Sample: Copy {
    /// The nearest 8-bit value, halves up.
    fn to_u8(self) -> u8;
}

impl Sample for u8 {
    fn to_u8(self) -> u8 {
        self
    }
}

impl Sample for u16 {
    /// `v / 257` rounded; 65535 = 255·257.
    fn to_u8(self) -> u8 {
        ((u32::from(self) + 128) / 257) as u8
    }
}

impl Sample for f32 {
    /// `v · 255` rounded, with `v` held in 0..=1 and NaN as 0; from the bits, so
    /// that no floating-point unit has a say.
    fn to_u8(self) -> u8 {
        let bits = self.to_bits();
        if self.is_nan() || bits >> 31 == 1 {
            return 0;
        }
        if bits >= 1f32.to_bits() {
            return 255;
        }
        let exponent = bits >> 23;
        let fraction = u64::from(bits & 0x7f_ffff) | (u64::from(exponent > 0) << 23);
        // v = fraction · 2^-shift with shift in 24..=150 (a subnormal's last
        // bit is off by one, and far below a half all the same).
        let shift = 150 - exponent;
        if shift > 40 {
            return 0;
        }
        ((fraction * 255 + (1 << (shift - 1))) >> shift) as u8
    }
}

/// `v` with opacity `alpha` over white, rounded.
pub(super) fn over_white(v: u8, alpha: u8) -> u8 {
    let (v, alpha) = (u32::from(v), u32::from(alpha));
    ((v * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// ITU-R BT.601 luma, rounded; of three equal values it is that value.
pub(super) fn luma([r, g, b]: [u8; 3]) -> u8 {
    ((299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b) + 500) / 1000) as u8
}

/// All rows of an image from the top, red, green and blue of each pixel over
/// white.
pub(super) fn for_each_row(image: &DynamicImage, each: impl FnMut(&[u8])) {
    let width = image.width() as usize;
    match image {
        DynamicImage::ImageLuma8(buffer) => rows::<_, 1>(buffer.as_raw(), width, each),
        DynamicImage::ImageLumaA8(buffer) => rows::<_, 2>(buffer.as_raw(), width, each),
        DynamicImage::ImageRgb8(buffer) => rows::<_, 3>(buffer.as_raw(), width, each),
        DynamicImage::ImageRgba8(buffer) => rows::<_, 4>(buffer.as_raw(), width, each),
        // The decoders that come here give no other, but the library's own
        // conversion keeps this total.
        other => rows::<_, 4>(other.to_rgba8().as_raw(), width, each),
    }
}

fn rows<S: Sample, const N: usize>(raw: &[S], width: usize, mut each: impl FnMut(&[u8])) {
    let mut rgb = vec![0; width * 3];
    for row in raw.chunks_exact(width * N) {
        row_over_white::<S, N>(row, &mut rgb);
        each(&rgb);
    }
}

/// Makes a row of `N` samples a pixel (gray or three colours, then perhaps
/// opacity) one of three bytes a pixel.
pub(super) fn row_over_white<S: Sample, const N: usize>(row: &[S], rgb: &mut [u8]) {
    let out = rgb.as_chunks_mut::<3>().0;
    for (pixel, out) in row.as_chunks::<N>().0.iter().zip(out) {
        let (colours, alpha) = match *pixel.map(Sample::to_u8).as_slice() {
            [l] => ([l; 3], 255),
            [l, a] => ([l; 3], a),
            [r, g, b] => ([r, g, b], 255),
            [r, g, b, a] => ([r, g, b], a),
            _ => continue,
        };
        *out = colours.map(|v| over_white(v, alpha));
    }
}

/// Ink to light: each of red, green and blue is `(255 − ink)(255 − black) / 255`
/// to the nearest.
pub(super) fn inks_to_light([c, m, y, k]: [u8; 4]) -> [u8; 3] {
    let light = |ink: u8| u32::from(255 - ink);
    [c, m, y].map(|ink| ((light(ink) * light(k) + 127) / 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_round_to_the_nearest() {
        for v in 0..=u16::MAX {
            let exact = f64::from(v) * 255.0 / 65535.0;
            assert_eq!(v.to_u8(), exact.round() as u8, "{v}");
        }
        assert!((0..=255u16).all(|v| u16::to_u8(v * 257) == v as u8));
    }

    #[test]
    fn floats_round_to_the_nearest_and_are_clamped() {
        for (v, expected) in [
            (0.0, 0),
            (-0.0, 0),
            (-1.0, 0),
            (f32::NAN, 0),
            (-f32::NAN, 0),
            (f32::NEG_INFINITY, 0),
            (f32::INFINITY, 255),
            (1.0, 255),
            (1.5, 255),
            (0.5, 128),
            (f32::MIN_POSITIVE / 4.0, 0),
        ] {
            assert_eq!(f32::to_u8(v), expected, "{v}");
        }
        for i in 0..100_000 {
            let v = i as f32 / 99_999.0;
            let expected = (f64::from(v) * 255.0 + 0.5).floor() as u8;
            assert_eq!(v.to_u8(), expected, "{v}");
        }
    }

    #[test]
    fn alpha_is_composited_over_white() {
        for v in 0..=255 {
            assert_eq!(over_white(v, 255), v);
            assert_eq!(over_white(v, 0), 255);
        }
        assert_eq!(over_white(0, 128), 127);
        assert_eq!(over_white(100, 51), 224);
    }

    #[test]
    fn inks_take_light_away() {
        for (inks, rgb) in [
            ([0, 0, 0, 0], [255; 3]),
            ([255, 0, 0, 0], [0, 255, 255]),
            ([0, 0, 0, 255], [0; 3]),
            ([100, 200, 255, 51], [124, 44, 0]),
        ] {
            assert_eq!(inks_to_light(inks), rgb);
        }
    }

    #[test]
    fn luma_is_rounded_and_keeps_grays() {
        assert_eq!(luma([255, 0, 0]), 76);
        assert_eq!(luma([0, 255, 0]), 150);
        assert_eq!(luma([0, 0, 255]), 29);
        assert!((0..=255).all(|v| luma([v; 3]) == v));
    }
}
