// Product of two binary32 codes: fp_mul. Combinational.
//   a = 32'h40400000 (3), b = 32'hC0000000 (-2): product = 32'hC0C00000 (-6).
//   a = b = 32'h00000001: product = 32'h00000000.
module fp32_mul (
    input  wire [31:0] a,
    input  wire [31:0] b,
    output wire [31:0] product
);
  fp_mul #(
      .EXP(8),
      .MAN(23)
  ) multiply (
      .a(a),
      .b(b),
      .product(product)
  );
endmodule
