//! Skinning weights: which joints move a vertex, and by how much.

/// Sparse weights in compressed rows: of each vertex only the joints that move it.
#[derive(Clone, Debug, PartialEq)]
pub struct SkinWeights {
    /// Where the entries of each vertex begin; one more than there are vertices.
    starts: Vec<u32>,
    joints: Vec<u16>,
    values: Vec<f64>,
}

impl SkinWeights {
    /// Takes over the entries above zero of each row and scales each row to sum 1.
    ///
    /// Rows must have a positive sum; joints are counted along a row.
    pub(super) fn from_rows<'a>(rows: impl Iterator<Item = &'a [f64]>) -> Self {
        let (mut starts, mut joints, mut values) = (vec![0], Vec::new(), Vec::new());
        for row in rows {
            let sum: f64 = row.iter().sum();
            for (joint, &value) in row.iter().enumerate().filter(|(_, v)| **v > 0.0) {
                joints.push(joint as u16);
                values.push(value / sum);
            }
            starts.push(joints.len() as u32);
        }
        Self { starts, joints, values }
    }

    /// Number of vertices.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are no vertices.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Joints and weights of a vertex; the weights sum to 1.
    #[inline]
    pub fn of(&self, vertex: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.starts[vertex] as usize..self.starts[vertex + 1] as usize;
        self.joints[range.clone()].iter().zip(&self.values[range]).map(|(&j, &w)| (j as usize, w))
    }

    /// Weight of one joint on a vertex, 0 to 1.
    pub fn weight(&self, vertex: usize, joint: usize) -> f64 {
        self.of(vertex).find(|(j, _)| *j == joint).map_or(0.0, |(_, w)| w)
    }

    /// The joint that carries most of a vertex.
    pub fn heaviest(&self, vertex: usize) -> usize {
        let (joints, weights) = self.row(vertex);
        let most = joints.iter().zip(weights).max_by(|a, b| a.1.total_cmp(b.1));
        most.map_or(0, |(joint, _)| *joint as usize)
    }

    /// The entries of a vertex as two slices, for the inner loop of skinning.
    #[inline]
    pub(super) fn row(&self, vertex: usize) -> (&[u16], &[f64]) {
        let range = self.starts[vertex] as usize..self.starts[vertex + 1] as usize;
        (&self.joints[range.clone()], &self.values[range])
    }
}
