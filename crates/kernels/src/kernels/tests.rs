//! Every width against plain arithmetic.

use super::{BLOCK, Doubles, Lanes, Task, Width};

type Row = [f32; BLOCK];

/// Runs an operation on whole rows.
struct Op<F>(F, [Row; 3]);

/// An operation on vectors of any width.
trait Operation {
    fn apply<V: Lanes>(&self, a: V, b: V, c: V) -> V;
}

impl<F: Operation> Task for Op<F> {
    type Output = Row;

    #[inline(always)]
    fn run<V: Lanes>(self) -> Row {
        let Op(operation, rows) = self;
        let mut out = [0.0; BLOCK];
        for lane in (0..BLOCK).step_by(V::COUNT) {
            let [a, b, c] = rows.map(|row| V::load(&row[lane..]));
            operation.apply(a, b, c).store(&mut out[lane..]);
        }
        out
    }
}

macro_rules! operations {
    ($($name:ident($a:ident, $b:ident, $c:ident) $body:expr => $exact:expr;)*) => {
        $(
            struct $name;
            impl Operation for $name {
                #[inline(always)]
                fn apply<V: Lanes>(&self, $a: V, $b: V, $c: V) -> V {
                    let _ = ($a, $b, $c);
                    $body
                }
            }
        )*
        /// All of them by name: what they give at a width, and what they should.
        fn each(width: Width, rows: [Row; 3], fused: bool, mut check: impl FnMut(&str, Row, Row)) {
            let _ = fused;
            $(
                let want = std::array::from_fn(|i| {
                    let exact: fn(f32, f32, f32, bool) -> f32 = $exact;
                    exact(rows[0][i], rows[1][i], rows[2][i], fused)
                });
                check(stringify!($name), width.run(Op($name, rows)), want);
            )*
        }
    };
}

operations! {
    Add(a, b, c) a.add(b) => |a, b, _, _| a + b;
    Sub(a, b, c) a.sub(b) => |a, b, _, _| a - b;
    Mul(a, b, c) a.mul(b) => |a, b, _, _| a * b;
    Div(a, b, c) a.div(b) => |a, b, _, _| a / b;
    Fma(a, b, c) a.fma(b, c) => |a, b, c, fused| if fused { a.mul_add(b, c) } else { a * b + c };
    Fnma(a, b, c) a.fnma(b, c) => |a, b, c, fused| if fused { (-a).mul_add(b, c) } else { c - a * b };
    Sqrt(a, b, c) b.mul(b).sqrt() => |_, b, _, _| (b * b).sqrt();
    Min(a, b, c) a.min(b) => |a, b, _, _| a.min(b);
    Max(a, b, c) a.max(b) => |a, b, _, _| a.max(b);
    Fraction(a, b, c) a.fraction() => |a, _, _, _| a - a.round_ties_even();
    Splat(a, b, c) V::splat(3.25).add(a) => |a, _, _, _| 3.25 + a;
    WhereBelow(a, b, c) a.where_below(b, c, a) => |a, b, c, _| if a < b { c } else { a };
    WholeExp2(a, b, c) c.whole_exp2() => |_, _, c, _| (0..-c as u32).fold(1.0, |x, _| 0.5 * x);
}

#[test]
fn every_operation_is_plain_arithmetic_to_the_bit() {
    let rows = [
        std::array::from_fn(|i| (i as f32 - 7.3) * 1.234_567),
        std::array::from_fn(|i| ((i * 7 % 16) as f32 - 5.1) * 0.987_654),
        std::array::from_fn(|i| -((i * i % 127) as f32)),
    ];
    for width in Width::ALL.into_iter().filter(|w| w.is_supported()) {
        each(width, rows, width != Width::Portable, |name, found, want| {
            assert_eq!(found.map(f32::to_bits), want.map(f32::to_bits), "{name}, {width:?}: {found:?}, not {want:?}");
        });
    }
}

/// Loads whole numbers and adds them up as f32 and as f64.
struct Whole<'a>(&'a [i16; BLOCK], &'a [f64; BLOCK]);

impl Task for Whole<'_> {
    type Output = (Row, [f64; BLOCK]);

    #[inline(always)]
    fn run<V: Lanes>(self) -> Self::Output {
        let (mut narrow, mut wide) = ([0.0; BLOCK], [0.0; BLOCK]);
        for lane in (0..BLOCK).step_by(V::COUNT) {
            V::load_whole(&self.0[lane..]).store(&mut narrow[lane..]);
        }
        for lane in (0..BLOCK).step_by(V::Doubles::COUNT) {
            let x = V::Doubles::load(&self.1[lane..]);
            x.mul(x).sub(V::Doubles::splat(0.1)).add(x).store(&mut wide[lane..]);
        }
        (narrow, wide)
    }
}

#[test]
fn whole_numbers_and_doubles_are_plain_arithmetic_to_the_bit() {
    let whole = std::array::from_fn(|i| (i as i16 - 8) * 4_095);
    let doubles = std::array::from_fn(|i| (i as f64 - 6.7).powi(3));
    for width in Width::ALL.into_iter().filter(|w| w.is_supported()) {
        let (narrow, wide) = width.run(Whole(&whole, &doubles));
        assert_eq!(narrow, whole.map(f32::from), "{width:?}");
        assert_eq!(wide, doubles.map(|x| x * x - 0.1 + x), "{width:?}");
    }
}

/// Loads from a slice that may be too short.
struct Short<'a>(&'a [f32]);

impl Task for Short<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes>(self) {
        V::load(&self.0[..V::COUNT - 1]).store(&mut [0.0; BLOCK]);
    }
}

#[test]
fn too_few_numbers_are_refused() {
    for width in Width::ALL.into_iter().filter(|w| w.is_supported()) {
        let result = std::panic::catch_unwind(|| width.run(Short(&[1.0; BLOCK])));
        assert!(result.is_err(), "{width:?}");
    }
}

#[test]
fn the_best_width_is_supported_and_the_portable_one_always() {
    assert!(Width::best().is_supported() && Width::Portable.is_supported());
    #[cfg(miri)]
    assert_eq!(Width::best(), Width::Portable);
}
