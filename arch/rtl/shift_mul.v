// Product of an int4 code and an fp4_e3m0 code (sign, e; magnitude 2^(e-1), zero for e = 0) in units of alpha: a shift
// and a sign. Exact. Combinational.
//   a = 4'h9 (-7), g = 4'h7 (+64): product = -448 (11'h640).   a = 4'h3, g = 4'h8 (negative zero): product = 0.
module shift_mul (
    input  wire        [ 3:0] a,
    input  wire        [ 3:0] g,
    output wire signed [10:0] product
);
  wire [2:0] e = g[2:0];
  wire signed [10:0] signed_a = g[3] ? -{{7{a[3]}}, a} : {{7{a[3]}}, a};
  // e = 0 is zero, so the shift by e - 1 may be anything there.
  assign product = e == 3'd0 ? 11'sd0 : signed_a <<< (e - 3'd1);
endmodule
