// Product of two bf16 codes as binary32: fp_mul's, exact where it neither overflows nor is subnormal. Combinational.
//   a = 16'h4040 (3), b = 16'hC000 (-2): product = 32'hC0C00000 (-6).   a = b = 16'h3F81: product = 32'h3F820200.
//   a = 16'h0080 (2^-126), b = 16'h0080: product = 0.
module bf16_fp32_mul (
    input  wire [15:0] a,
    input  wire [15:0] b,
    output wire [31:0] product
);
  fp_mul #(
      .EXP(8),
      .MAN(23)
  ) multiply (
      .a({a, 16'd0}),
      .b({b, 16'd0}),
      .product(product)
  );
endmodule
