//! A triangle mesh.

use super::error::GeometryError;
use super::measure;
use crate::base::{Rotation, Vec3};
use std::collections::HashMap;

/// A triangle mesh; triangles are counter-clockwise seen from outside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mesh {
    /// Vertex positions, m.
    pub vertices: Vec<Vec3>,
    /// Vertex indices of each triangle.
    pub faces: Vec<[u32; 3]>,
}

impl Mesh {
    /// A mesh whose indices and coordinates are checked.
    pub fn new(vertices: Vec<Vec3>, faces: Vec<[u32; 3]>) -> Result<Self, GeometryError> {
        let mesh = Self { vertices, faces };
        mesh.check()?;
        Ok(mesh)
    }

    /// The first thing that is wrong with the mesh, if any: empty, index out of range, a corner named twice, NaN or infinity.
    pub fn check(&self) -> Result<(), GeometryError> {
        check_faces(&self.faces, self.vertices.len())?;
        check_vertices(&self.vertices)
    }

    /// The three corners of a triangle, m.
    pub fn corners(&self, face: usize) -> [Vec3; 3] {
        measure::corners(&self.vertices, &self.faces[face])
    }

    /// Centre of each triangle, m.
    pub fn face_centres(&self) -> Vec<Vec3> {
        self.faces.iter().map(|f| measure::centre(&measure::corners(&self.vertices, f))).collect()
    }

    /// Outward unit normal of each triangle; zero for a triangle without area.
    pub fn face_normals(&self) -> Vec<Vec3> {
        self.faces.iter().map(|f| measure::unit_normal(&measure::corners(&self.vertices, f))).collect()
    }

    /// Area of each triangle, m².
    pub fn face_areas(&self) -> Vec<f64> {
        self.faces.iter().map(|f| measure::area(&measure::corners(&self.vertices, f))).collect()
    }

    /// Area of all triangles, m².
    pub fn total_area(&self) -> f64 {
        measure::total_area(&self.vertices, &self.faces)
    }

    /// Enclosed volume, m³: positive when the triangles of a closed mesh face outwards, negative when they face inwards.
    /// Of an open mesh the number depends on the origin and means nothing.
    pub fn signed_volume(&self) -> f64 {
        measure::signed_volume(&self.vertices, &self.faces)
    }

    /// Whether every edge is shared by exactly two triangles that run along it in opposite directions.
    pub fn is_watertight(&self) -> bool {
        is_watertight(&self.faces)
    }

    /// Lowest and highest coordinates of all vertices, m; `None` without vertices.
    pub fn bounding_box(&self) -> Option<(Vec3, Vec3)> {
        measure::bounding_box(&self.vertices)
    }

    /// The mesh shifted by `offset`, m.
    pub fn translated(&self, offset: Vec3) -> Self {
        Self { vertices: self.vertices.iter().map(|v| v + offset).collect(), faces: self.faces.clone() }
    }

    /// The mesh turned about the origin and then shifted by `offset`, m.
    pub fn transformed(&self, rotation: &Rotation, offset: Vec3) -> Self {
        let matrix = rotation.to_rotation_matrix();
        Self { vertices: self.vertices.iter().map(|v| matrix * v + offset).collect(), faces: self.faces.clone() }
    }

    /// This mesh and another as one; vertices are not joined.
    pub fn merged(mut self, other: &Self) -> Self {
        let first = self.vertices.len() as u32;
        self.vertices.extend_from_slice(&other.vertices);
        self.faces.extend(other.faces.iter().map(|f| f.map(|i| i + first)));
        self
    }

    /// Every triangle cut into four at the middles of its edges; the surface stays where it is.
    pub fn subdivided(&self) -> Self {
        let mut vertices = self.vertices.clone();
        let mut middles: HashMap<(u32, u32), u32> = HashMap::with_capacity(self.faces.len() * 2);
        let mut faces = Vec::with_capacity(self.faces.len() * 4);
        for &[a, b, c] in &self.faces {
            let mut middle = |i: u32, j: u32| {
                *middles.entry((i.min(j), i.max(j))).or_insert_with(|| {
                    vertices.push((vertices[i as usize] + vertices[j as usize]) * 0.5);
                    (vertices.len() - 1) as u32
                })
            };
            let (ab, bc, ca) = (middle(a, b), middle(b, c), middle(c, a));
            faces.extend([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]);
        }
        Self { vertices, faces }
    }
}

/// Checks that the triangles name existing and different vertices.
pub fn check_faces(faces: &[[u32; 3]], vertices: usize) -> Result<(), GeometryError> {
    if faces.is_empty() || vertices == 0 {
        return Err(GeometryError::Empty { vertices, faces: faces.len() });
    }
    if u32::try_from(vertices).is_err() {
        return Err(GeometryError::TooLarge { vertices });
    }
    for (face, corners) in faces.iter().enumerate() {
        for (corner, &index) in corners.iter().enumerate() {
            if index as usize >= vertices {
                return Err(GeometryError::IndexOutOfRange { face, corner, index, vertices });
            }
        }
        let [a, b, c] = *corners;
        if a == b || b == c || c == a {
            return Err(GeometryError::RepeatedVertex { face, face_vertices: *corners });
        }
    }
    Ok(())
}

/// Checks that all coordinates are finite.
pub fn check_vertices(vertices: &[Vec3]) -> Result<(), GeometryError> {
    match vertices.iter().position(|v| !v.iter().all(|c| c.is_finite())) {
        Some(vertex) => {
            let v = vertices[vertex];
            Err(GeometryError::NotFinite { vertex, x: v.x, y: v.y, z: v.z })
        }
        None => Ok(()),
    }
}

/// Whether the triangles close: each directed edge occurs once, and its reverse once.
pub fn is_watertight(faces: &[[u32; 3]]) -> bool {
    let mut edges: Vec<(u32, u32)> = faces.iter().flat_map(|&[a, b, c]| [(a, b), (b, c), (c, a)]).collect();
    edges.sort_unstable();
    let once = edges.windows(2).all(|w| w[0] != w[1]);
    !edges.is_empty() && once && edges.iter().all(|&(a, b)| a != b && edges.binary_search(&(b, a)).is_ok())
}

/// Whether the triangles are the surface of solids: they close ([`is_watertight`]), and every connected part encloses a positive volume, so that its
/// triangles face outwards.
pub fn is_solid(vertices: &[Vec3], faces: &[[u32; 3]]) -> bool {
    if !is_watertight(faces) {
        return false;
    }
    // Parts, as trees of vertices.
    let mut parent: Vec<u32> = (0..vertices.len() as u32).collect();
    fn root(parent: &mut [u32], mut vertex: u32) -> u32 {
        while parent[vertex as usize] != vertex {
            parent[vertex as usize] = parent[parent[vertex as usize] as usize];
            vertex = parent[vertex as usize];
        }
        vertex
    }
    for &[a, b, c] in faces {
        let [a, b, c] = [a, b, c].map(|v| root(&mut parent, v));
        parent[b as usize] = a;
        let c = root(&mut parent, c);
        let a = root(&mut parent, a);
        parent[c as usize] = a;
    }
    let mut volumes = vec![None; vertices.len()];
    for face in faces {
        let part = root(&mut parent, face[0]) as usize;
        *volumes[part].get_or_insert(0.0) += measure::signed_volume(vertices, std::slice::from_ref(face));
    }
    volumes.into_iter().flatten().all(|volume| volume > 0.0)
}
