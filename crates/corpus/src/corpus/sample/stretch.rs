//! Parts of recordings, and what they share.

/// A part of a recording: its name, start and length, s.
pub type Stretch<'a> = (&'a str, f64, f64);

/// Stretches that touch share nothing, however their ends were rounded, s.
const TOUCHING_S: f64 = 1e-6;

/// Whether two stretches have a part of the same recording in common.
///
/// ```
/// use kinecho_corpus::corpus::share_a_stretch;
/// assert!(share_a_stretch(("a", 0.0, 3.0), ("a", 2.5, 3.0)));
/// assert!(!share_a_stretch(("a", 0.1, 0.2), ("a", 0.1 + 0.2, 0.2)));
/// assert!(!share_a_stretch(("a", 0.0, 3.0), ("b", 0.0, 3.0)));
/// ```
pub fn share_a_stretch(a: Stretch<'_>, b: Stretch<'_>) -> bool {
    a.0 == b.0 && a.1 + TOUCHING_S < b.1 + b.2 && b.1 + TOUCHING_S < a.1 + a.2
}
