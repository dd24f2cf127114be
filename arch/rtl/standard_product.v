// The standard block: int4 (UINT4 = 1: uint4) and fp4_e3m0 codes cast to FP7, FP7 multiplier. Product in FP7 [1,4,2].
// The value is exact for int4. Combinational.
//   a = 4'h9 (-7), g = 4'h7 (64): product = 7'h67 (-448).   a = 4'h3, g = 4'h8 (negative zero): product = 7'h00.
//   a = 4'h0, g = 4'h9 (-1): product = 7'h40 (-0).
module standard_product #(
    parameter UINT4 = 0
) (
    input  wire [3:0] a,
    input  wire [3:0] g,
    output wire [6:0] product
);
  wire [6:0] a_fp7, g_fp7;
  fp7_from_int4 #(
      .UINT4(UINT4)
  ) cast_a (
      .code(a),
      .fp7 (a_fp7)
  );
  fp7_from_fp4 cast_g (
      .code(g),
      .fp7 (g_fp7)
  );
  fp7_mul multiply (
      .a(a_fp7),
      .b(g_fp7),
      .product(product)
  );
endmodule
