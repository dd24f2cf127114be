// Product of two bf16 codes as bf16: fp_mul. Combinational.
//   a = 16'h4040 (3), b = 16'hC000 (-2): product = 16'hC0C0 (-6).   a = b = 16'h3F81 (1.0078125): product = 16'h3F82.
module bf16_mul (
    input  wire [15:0] a,
    input  wire [15:0] b,
    output wire [15:0] product
);
  fp_mul #(
      .EXP(8),
      .MAN(7)
  ) multiply (
      .a(a),
      .b(b),
      .product(product)
  );
endmodule
