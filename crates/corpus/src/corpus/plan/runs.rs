//! Ascending numbers in short.

/// Ascending ids as inclusive runs.
pub(in crate::corpus) fn runs(ids: impl IntoIterator<Item = u64>) -> Vec<[u64; 2]> {
    let mut runs: Vec<[u64; 2]> = Vec::new();
    for id in ids {
        match runs.last_mut() {
            Some(run) if run[1].checked_add(1) == Some(id) => run[1] = id,
            _ => runs.push([id, id]),
        }
    }
    runs
}

/// Ascending numbers as the expression that schedulers take for an array: `3,5-7`.
///
/// ```
/// assert_eq!(kinecho_corpus::corpus::array_expression([3, 5, 6, 7]), "3,5-7");
/// ```
pub fn array_expression(numbers: impl IntoIterator<Item = u64>) -> String {
    let runs = runs(numbers);
    let text = |[first, last]: [u64; 2]| if first == last { first.to_string() } else { format!("{first}-{last}") };
    runs.into_iter().map(text).collect::<Vec<_>>().join(",")
}
