//! Which vector instructions there are, and the choice between them at run time.

use crate::kernels::lanes::Plain;
use crate::kernels::task::Task;

/// Vector instructions that code can be compiled for; the default is the best that this processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// What every processor has.
    Portable,
    /// AVX2 and FMA: eight lanes.
    Avx2,
    /// AVX-512 F, BW, CD, DQ and VL: sixteen lanes.
    Avx512,
}

impl Default for Width {
    fn default() -> Self {
        Self::best()
    }
}

impl Width {
    /// All, narrow to wide.
    pub const ALL: [Width; 3] = [Width::Portable, Width::Avx2, Width::Avx512];

    /// The widest that this processor has.
    pub fn best() -> Self {
        Self::ALL.into_iter().rev().find(|w| w.is_supported()).unwrap_or(Width::Portable)
    }

    /// Whether this processor has it. Miri has portable instructions only.
    pub fn is_supported(self) -> bool {
        match self {
            Width::Portable => true,
            #[cfg(all(target_arch = "x86_64", not(miri)))]
            Width::Avx2 => crate::kernels::x86::proof_of_v3().is_some(),
            #[cfg(all(target_arch = "x86_64", not(miri)))]
            Width::Avx512 => crate::kernels::x86::proof_of_v4().is_some(),
            #[cfg(not(all(target_arch = "x86_64", not(miri))))]
            _ => false,
        }
    }

    /// Name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Width::Portable => "portable instructions",
            Width::Avx2 => "AVX2 and FMA",
            Width::Avx512 => "AVX-512",
        }
    }

    /// Runs a task with the vectors of this width; with those of every processor when this one does not have them.
    pub fn run<T: Task>(self, task: T) -> T::Output {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        {
            use crate::kernels::x86::{Eight, On, Sixteen, proof_of_v3, proof_of_v4};
            match self {
                Width::Avx512 => {
                    if let Some(proof) = proof_of_v4() {
                        return proof.vectorize(On::<Sixteen, T>::new(task));
                    }
                }
                Width::Avx2 => {
                    if let Some(proof) = proof_of_v3() {
                        return proof.vectorize(On::<Eight, T>::new(task));
                    }
                }
                Width::Portable => {}
            }
        }
        task.run::<Plain>()
    }
}

/// Makes a function that runs its body, plain Rust, compiled for the widest vectors of this processor. The body must call
/// nothing but `#[inline(always)]` functions.
///
/// Compilers neither fuse nor reorder, so every width gives the same bits.
#[macro_export]
macro_rules! for_each_width {
    ($(#[$doc:meta])* $vis:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$doc])*
        $vis fn $name($($argument: $type),*) {
            #[inline(always)]
            fn plain($($argument: $type),*) $body
            struct Work<A>(A);
            impl $crate::kernels::Task for Work<($($type,)*)> {
                type Output = ();
                #[inline(always)]
                fn run<V: $crate::kernels::Lanes>(self) {
                    let ($($argument,)*) = self.0;
                    plain($($argument),*);
                }
            }
            $crate::kernels::Width::best().run(Work(($($argument,)*)));
        }
    };
}
