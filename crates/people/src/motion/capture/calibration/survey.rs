//! Frames that stand for a whole file, whatever part of it is read: what is found out of them holds for every excerpt.

use crate::motion::capture::Poses;

/// Places that are looked at; at each of them two neighbouring frames, so that velocities can be told.
const PLACES: usize = 128;

/// Some frames of a whole file.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Numbers of the frames in the file, increasing.
    pub numbers: Vec<usize>,
    /// The frames.
    pub poses: Poses,
    /// Frames of the whole file.
    pub of: usize,
}

/// Numbers of the frames that stand for a file of `count`: all of a short one, otherwise pairs of neighbours evenly over it.
pub(in crate::motion::capture) fn numbers(count: usize) -> Vec<usize> {
    if count <= 2 * PLACES {
        return (0..count).collect();
    }
    (0..PLACES).flat_map(|i| [0, 1].map(|next| i * (count - 2) / (PLACES - 1) + next)).collect()
}

/// Places of neighbouring frames among `numbers`.
pub(in crate::motion::capture) fn neighbours(numbers: &[usize]) -> impl Iterator<Item = (usize, usize)> + '_ {
    numbers.windows(2).enumerate().filter(|(_, w)| w[1] == w[0] + 1).map(|(i, _)| (i, i + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_are_looked_at_from_end_to_end() {
        for count in [1, 2, 255, 256, 257, 300, 10_000, 1_000_001] {
            let numbers = numbers(count);
            assert!(numbers.windows(2).all(|w| w[0] < w[1]), "{count}");
            assert_eq!((numbers[0], numbers[numbers.len() - 1]), (0, count - 1));
            assert!(count == 1 || neighbours(&numbers).count() >= numbers.len() / 2);
        }
    }
}
