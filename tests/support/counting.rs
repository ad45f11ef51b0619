//! A promotion gate that judges by the platform's request counts, built from WebAssembly text.

use super::component;

/// Returns a promotion gate that judges the canary by the platform's counts in the newest slices, up to an hour of minutes:
/// it rolls back at the first response of class 5xx, holds while there is no response, and promotes otherwise. Without
/// slices it holds with the host's error as its reason.
pub(crate) fn counting() -> Vec<u8> {
    let [none, failed, fine] = [
        "no answer of the canary is counted yet",
        "the canary answered with 5xx",
        "the canary answers well",
    ];
    let answer = |decision: u32, before: usize, text: &str| {
        let at = 1024 + before;
        let length = text.len();
        format!("(call $answer (i32.const {decision}) (i32.const {at}) (i32.const {length}))")
    };
    // A slice is 24 bytes: start, end, address and length of its counts. A count is 24 bytes: revision and class, each
    // address and length, then the number.
    let decide = format!(
        "(local $slice i32) (local $slices_end i32) (local $count i32) (local $end i32) (local $all f64) (local $bad f64)
         (call $slices (i32.const 60) (i32.const 256))
         (if (i32.load8_u (i32.const 256)) (then
           (return (call $answer (i32.const 0) (i32.load (i32.const 260)) (i32.load (i32.const 264))))))
         (local.set $slice (i32.load (i32.const 260)))
         (local.set $slices_end (i32.add (local.get $slice) (i32.mul (i32.load (i32.const 264)) (i32.const 24))))
         (block $over (loop $each
           (br_if $over (i32.ge_u (local.get $slice) (local.get $slices_end)))
           (local.set $count (i32.load offset=16 (local.get $slice)))
           (local.set $end
             (i32.add (local.get $count) (i32.mul (i32.load offset=20 (local.get $slice)) (i32.const 24))))
           (block $done (loop $next
             (br_if $done (i32.ge_u (local.get $count) (local.get $end)))
             (if (call $same (local.get $count) (i32.add (local.get 0) (i32.const 40))) (then
               (local.set $all (f64.add (local.get $all) (f64.load offset=16 (local.get $count))))
               (if (i32.eq (i32.load8_u (i32.load offset=8 (local.get $count))) (i32.const 53)) (then
                 (local.set $bad (f64.add (local.get $bad) (f64.load offset=16 (local.get $count))))))))
             (local.set $count (i32.add (local.get $count) (i32.const 24)))
             (br $next)))
           (local.set $slice (i32.add (local.get $slice) (i32.const 24)))
           (br $each)))
         (if (f64.gt (local.get $bad) (f64.const 0)) (then (return {})))
         (if (f64.eq (local.get $all) (f64.const 0)) (then (return {})))
         {}",
        answer(2, none.len(), failed),
        answer(0, 0, none),
        answer(1, none.len() + failed.len(), fine),
    );
    component::promotion(SLICES, &decide, &[none, failed, fine].concat())
}

/// The import of the slices; `$answer`, which writes an answer that may be repeated after 50 ms; and `$same`, which
/// compares two strings, each by the address of its address and length. The canary's name is at offset 40 of a context.
pub(crate) const SLICES: &str = r#"
    (import "lockgate:plugin/traffic@0.1.0" "slices" (func $slices (param i32 i32)))
    (func $answer (param $decision i32) (param $text i32) (param $length i32) (result i32)
      (i32.store8 (i32.const 2048) (i32.const 0))
      (i32.store8 (i32.const 2052) (local.get $decision))
      (i32.store (i32.const 2056) (local.get $text))
      (i32.store (i32.const 2060) (local.get $length))
      (i32.store8 (i32.const 2064) (i32.const 1))
      (i32.store (i32.const 2068) (i32.const 50))
      (i32.const 2048))
    (func $same (param $a i32) (param $b i32) (result i32)
      (local $left i32)
      (local.set $left (i32.load offset=4 (local.get $a)))
      (if (i32.ne (local.get $left) (i32.load offset=4 (local.get $b))) (then (return (i32.const 0))))
      (local.set $a (i32.load (local.get $a)))
      (local.set $b (i32.load (local.get $b)))
      (loop $next
        (if (i32.eqz (local.get $left)) (then (return (i32.const 1))))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br_if $next (i32.eq
          (i32.load8_u (i32.add (local.get $a) (local.get $left)))
          (i32.load8_u (i32.add (local.get $b) (local.get $left))))))
      (i32.const 0))"#;
