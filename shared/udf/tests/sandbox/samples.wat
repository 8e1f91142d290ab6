;; Functions for tests: some that keep the rules of the interface and some that break them.
;; DESCRIPTION and LENGTH are put in by samples.rs.
(module
  (memory (export "memory") 17)
  (data (i32.const 100) "no more than this")
  (data (i32.const 64) "\64\00\00\00\11\00\00\00")
  (data (i32.const 80) "\00\04\00\00LENGTH")
  (data (i32.const 1024) "DESCRIPTION")

  (global $heap (mut i32) (i32.const 1048576))

  (func $alloc (export "tenkyu_alloc") (param $bytes i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $heap))
    (global.set $heap
      (i32.and (i32.add (i32.add (local.get $at) (local.get $bytes)) (i32.const 7)) (i32.const -8)))
    (loop $more
      (if (i32.gt_u (global.get $heap) (i32.shl (memory.size) (i32.const 16)))
        (then
          (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (return (i32.const 0))))
          (br $more))))
    (local.get $at))
  (func (export "tenkyu_free") (param $at i32) (param i32) (global.set $heap (local.get $at)))
  (func (export "tenkyu_describe") (result i32) (i32.const 80))
  (func (export "tenkyu_error") (result i32) (i32.const 64))

  (func $word (param $at i32) (param $index i32) (result i32)
    (i32.load (i32.add (local.get $at) (i32.shl (local.get $index) (i32.const 2)))))
  (func $set_word (param $at i32) (param $index i32) (param $value i32)
    (i32.store (i32.add (local.get $at) (i32.shl (local.get $index) (i32.const 2))) (local.get $value)))
  (func $eight (param $at i32) (param $index i32) (result i32)
    (i32.add (local.get $at) (i32.shl (local.get $index) (i32.const 3))))
  (func $valid (param $validity i32) (param $row i32) (result i32)
    (if (i32.eqz (local.get $validity)) (then (return (i32.const 1))))
    (i32.load8_u (i32.add (local.get $validity) (local.get $row))))
  (func $column (param $values i32) (param $validity i32) (param $offsets i32) (result i32)
    (i32.store (i32.const 32) (local.get $values))
    (i32.store (i32.const 36) (local.get $validity))
    (i32.store (i32.const 40) (local.get $offsets))
    (i32.const 32))

  (func $add (param $rows i32) (param $columns i32) (result i32)
    (local $out i32) (local $marks i32) (local $row i32)
    (local.set $out (call $alloc (i32.shl (local.get $rows) (i32.const 3))))
    (local.set $marks (call $alloc (local.get $rows)))
    (loop $next
      (f64.store (call $eight (local.get $out) (local.get $row))
        (f64.add
          (f64.load (call $eight (call $word (local.get $columns) (i32.const 0)) (local.get $row)))
          (f64.load (call $eight (call $word (local.get $columns) (i32.const 3)) (local.get $row)))))
      (i32.store8 (i32.add (local.get $marks) (local.get $row))
        (i32.and
          (call $valid (call $word (local.get $columns) (i32.const 1)) (local.get $row))
          (call $valid (call $word (local.get $columns) (i32.const 4)) (local.get $row))))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $row) (local.get $rows))))
    (call $column (local.get $out) (local.get $marks) (i32.const 0)))

  ;; Bytes of a text, -1 for NULL.
  (func $length (param $rows i32) (param $columns i32) (result i32)
    (local $out i32) (local $offsets i32) (local $row i32)
    (local.set $out (call $alloc (i32.shl (local.get $rows) (i32.const 3))))
    (local.set $offsets (call $word (local.get $columns) (i32.const 2)))
    (loop $next
      (i64.store (call $eight (local.get $out) (local.get $row))
        (if (result i64) (call $valid (call $word (local.get $columns) (i32.const 1)) (local.get $row))
          (then (i64.extend_i32_s (i32.sub
            (call $word (local.get $offsets) (i32.add (local.get $row) (i32.const 1)))
            (call $word (local.get $offsets) (local.get $row)))))
          (else (i64.const -1))))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $row) (local.get $rows))))
    (call $column (local.get $out) (i32.const 0) (i32.const 0)))

  (func $copy (param $from i32) (param $bytes i32) (result i32)
    (local $to i32)
    (local.set $to (call $alloc (local.get $bytes)))
    (memory.copy (local.get $to) (local.get $from) (local.get $bytes))
    (local.get $to))

  (func $echo (param $rows i32) (param $columns i32) (result i32)
    (local $offsets i32) (local $marks i32)
    (local.set $offsets (call $word (local.get $columns) (i32.const 2)))
    (local.set $marks (call $word (local.get $columns) (i32.const 1)))
    (call $column
      (call $copy (call $word (local.get $columns) (i32.const 0))
        (call $word (local.get $offsets) (local.get $rows)))
      (if (result i32) (local.get $marks)
        (then (call $copy (local.get $marks) (local.get $rows))) (else (i32.const 0)))
      (call $copy (local.get $offsets)
        (i32.shl (i32.add (local.get $rows) (i32.const 1)) (i32.const 2)))))

  ;; The numbers from 0 below n.
  (func $below (param $rows i32) (param $columns i32) (result i32)
    (local $given i32) (local $offsets i32) (local $values i32)
    (local $row i32) (local $n i32) (local $k i32) (local $sum i32)
    (local.set $given (call $word (local.get $columns) (i32.const 0)))
    (local.set $offsets
      (call $alloc (i32.shl (i32.add (local.get $rows) (i32.const 1)) (i32.const 2))))
    (call $set_word (local.get $offsets) (i32.const 0) (i32.const 0))
    (loop $next
      (local.set $sum (i32.add (local.get $sum)
        (i32.wrap_i64 (i64.load (call $eight (local.get $given) (local.get $row))))))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (call $set_word (local.get $offsets) (local.get $row) (local.get $sum))
      (br_if $next (i32.lt_u (local.get $row) (local.get $rows))))
    (local.set $values (call $alloc (i32.shl (local.get $sum) (i32.const 3))))
    (local.set $row (i32.const 0))
    (loop $rows
      (local.set $n (i32.sub
        (call $word (local.get $offsets) (i32.add (local.get $row) (i32.const 1)))
        (call $word (local.get $offsets) (local.get $row))))
      (local.set $k (i32.const 0))
      (block $done (loop $each
        (br_if $done (i32.ge_u (local.get $k) (local.get $n)))
        (i64.store
          (call $eight (local.get $values)
            (i32.add (call $word (local.get $offsets) (local.get $row)) (local.get $k)))
          (i64.extend_i32_u (local.get $k)))
        (local.set $k (i32.add (local.get $k) (i32.const 1)))
        (br $each)))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br_if $rows (i32.lt_u (local.get $row) (local.get $rows))))
    (call $column (local.get $values) (call $word (local.get $columns) (i32.const 1))
      (local.get $offsets)))

  (func $no_number (param $rows i32) (result i32)
    (local $out i32) (local $row i32)
    (local.set $out (call $alloc (i32.shl (local.get $rows) (i32.const 3))))
    (loop $next
      (f64.store (call $eight (local.get $out) (local.get $row)) (f64.const nan))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $row) (local.get $rows))))
    (call $column (local.get $out) (i32.const 0) (i32.const 0)))

  (func $spin (loop $again (br $again)))

  (func $bomb
    (loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
    unreachable)

  ;; One text of a byte for the first row, which is no UTF-8.
  (func $latin (param $rows i32) (result i32)
    (local $offsets i32) (local $row i32)
    (local.set $offsets
      (call $alloc (i32.shl (i32.add (local.get $rows) (i32.const 1)) (i32.const 2))))
    (call $set_word (local.get $offsets) (i32.const 0) (i32.const 0))
    (loop $next
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (call $set_word (local.get $offsets) (local.get $row) (i32.const 1))
      (br_if $next (i32.lt_u (local.get $row) (local.get $rows))))
    (i32.store8 (i32.const 16) (i32.const 0xe9))
    (call $column (i32.const 16) (i32.const 0) (local.get $offsets)))

  ;; Offsets that fall.
  (func $fallen (param $rows i32) (result i32)
    (local $offsets i32)
    (local.set $offsets
      (call $alloc (i32.shl (i32.add (local.get $rows) (i32.const 1)) (i32.const 2))))
    (memory.fill (local.get $offsets) (i32.const 0)
      (i32.shl (i32.add (local.get $rows) (i32.const 1)) (i32.const 2)))
    (call $set_word (local.get $offsets) (local.get $rows) (i32.const -5))
    (call $column (i32.const 16) (i32.const 0) (local.get $offsets)))

  (func (export "tenkyu_call") (param $function i32) (param $rows i32) (param $columns i32)
    (result i32)
    (block $refuse (block $fallen (block $latin (block $outside (block $trap (block $bomb
    (block $spin (block $no_number (block $below (block $echo (block $length (block $add
      (br_table $add $length $echo $below $no_number $spin $bomb $trap $outside $latin $fallen
        $refuse (local.get $function)))
      (return (call $add (local.get $rows) (local.get $columns))))
      (return (call $length (local.get $rows) (local.get $columns))))
      (return (call $echo (local.get $rows) (local.get $columns))))
      (return (call $below (local.get $rows) (local.get $columns))))
      (return (call $no_number (local.get $rows))))
      (call $spin))
      (call $bomb))
      unreachable)
      (return (call $column (i32.const -16) (i32.const 0) (i32.const 0))))
      (return (call $latin (local.get $rows))))
      (return (call $fallen (local.get $rows))))
    (i32.const 0))

  ;; Sums by group, from 65536 on.
  (func $sum_at (param $group i32) (result i32) (call $eight (i32.const 65536) (local.get $group)))
  (func $raise (param $group i32) (param $by f64)
    (f64.store (call $sum_at (local.get $group))
      (f64.add (f64.load (call $sum_at (local.get $group))) (local.get $by))))
  (func $many (param $count i32) (result i32) (i32.gt_u (local.get $count) (i32.const 122880)))

  (func (export "tenkyu_update") (param $function i32) (param $rows i32) (param $columns i32)
    (param $groups i32) (param $count i32) (result i32)
    (local $row i32)
    (if (i32.eq (local.get $function) (i32.const 13)) (then (call $spin)))
    (if (i32.eq (local.get $function) (i32.const 14)) (then (call $bomb)))
    (if (call $many (local.get $count)) (then (return (i32.const 1))))
    (loop $next
      (if (call $valid (call $word (local.get $columns) (i32.const 1)) (local.get $row))
        (then (call $raise (call $word (local.get $groups) (local.get $row))
          (f64.load (call $eight (call $word (local.get $columns) (i32.const 0)) (local.get $row))))))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $row) (local.get $rows))))
    (i32.const 0))

  (func (export "tenkyu_merge") (param i32) (param $rows i32) (param $columns i32)
    (param $groups i32) (param $count i32) (result i32)
    (local $row i32)
    (if (call $many (local.get $count)) (then (return (i32.const 1))))
    (loop $next
      (call $raise (call $word (local.get $groups) (local.get $row))
        (f64.load (i32.add (call $word (local.get $columns) (i32.const 0))
          (call $word (call $word (local.get $columns) (i32.const 2)) (local.get $row)))))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $row) (local.get $rows))))
    (i32.const 0))

  ;; The first sums; those behind them move up.
  (func $take (param $first i32) (result i32)
    (local $out i32) (local $bytes i32)
    (local.set $bytes (i32.shl (local.get $first) (i32.const 3)))
    (local.set $out (call $copy (i32.const 65536) (local.get $bytes)))
    (memory.copy (i32.const 65536) (i32.add (i32.const 65536) (local.get $bytes))
      (i32.sub (i32.const 983040) (local.get $bytes)))
    (memory.fill (i32.sub (i32.const 1048576) (local.get $bytes)) (i32.const 0) (local.get $bytes))
    (local.get $out))

  (func (export "tenkyu_states") (param i32) (param $first i32) (result i32)
    (local $offsets i32) (local $row i32)
    (local.set $offsets
      (call $alloc (i32.shl (i32.add (local.get $first) (i32.const 1)) (i32.const 2))))
    (loop $next
      (call $set_word (local.get $offsets) (local.get $row)
        (i32.shl (local.get $row) (i32.const 3)))
      (local.set $row (i32.add (local.get $row) (i32.const 1)))
      (br_if $next (i32.le_u (local.get $row) (local.get $first))))
    (call $column (call $take (local.get $first)) (i32.const 0) (local.get $offsets)))

  (func (export "tenkyu_finish") (param i32) (param $first i32) (result i32)
    (call $column (call $take (local.get $first)) (i32.const 0) (i32.const 0))))
