#!/usr/bin/env bash
# Runs the fuzz targets one after the other, guided by coverage: fuzz/run.sh [SECONDS [TARGET ...]]
# All targets by default, 600 s each. What stops a target is left in fuzz/artifacts/TARGET, what it has learnt in fuzz/corpus/TARGET.
# Needs a C++ compiler, and neither cargo-fuzz nor a nightly Rust: the counters are a pass of LLVM that every rustc brings along.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-600}; shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cd fuzz_targets && ls ./*.rs | sed 's|^./||; s|\.rs$||')
host=$(rustc -vV | sed -n 's/^host: //p')
flags="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
 -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing"
# A target named by hand keeps the flags away from build scripts and macros.
export RUSTFLAGS="${RUSTFLAGS:-} $flags"
into=${CARGO_TARGET_DIR:-target}
data=${KINECHO_DATA:-../../shared/data}
for target in "${targets[@]}"; do
  learn=(); grep -A5 "^name = \"$target\"" Cargo.toml | grep -q 'required-features' && learn=(--features learn)
  cargo build --release --target "$host" --bin "$target" "${learn[@]}"
  mkdir -p "corpus/$target" "artifacts/$target"
  seeds=()
  case $target in
    jobs) seeds=(../scenes/training ../scenes/experiments) ;;
    joint_map) cp ../scenes/joint_maps.yaml "corpus/$target" ;;
    radar_yaml) seeds=(../scenes/sensors) ;;
    recipe) seeds=(../scenes/recipes) ;;
    scene) seeds=(../scenes/examples) ;;
    score) seeds=(../scenes/motions) ;;
    vocabulary) cp ../prompts/activities.yaml ../prompts/mars.yaml "corpus/$target" ;;
    # Real files beside the small ones, where there are some.
    csi) seeds=(seeds/csi); if [ -d "$data/csi_parser_samples" ]; then seeds+=("$data/csi_parser_samples"); fi ;;
    *) seeds=("seeds/$target") ;;
  esac
  log=artifacts/$target.log
  echo "== $target: $seconds s"
  "$into/$host/release/$target" "corpus/$target" "${seeds[@]}" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3072 \
    -malloc_limit_mb=2048 -max_len=65536 -artifact_prefix="artifacts/$target/" -print_final_stats=1 >"$log" 2>&1 || true
  grep -E '^(SUMMARY|==.*ERROR)|panicked at' "$log" | head -5 || true
  grep -E 'DONE|stat::(number_of_executed_units|peak_rss_mb)' "$log" | tail -3 || true
done
