// The rounder behind a dot-product unit: signed integer to binary32, round to nearest even. Combinational. 2 <= IN <= 64.
//   IN = 32: sum = 32'hFFFFFE40 (-448): value = 32'hC3E00000.   sum = 32'h01000001 (2^24 + 1): value = 32'h4B800000 (2^24).
//   sum = 32'h01000003: value = 32'h4B800002 (a tie goes to even).   sum = 32'h80000000: value = 32'hCF000000.
module round_to_fp32 #(
    parameter IN = 32
) (
    input  wire [IN-1:0] sum,
    output wire [  31:0] value
);
  wire sign = sum[IN-1];
  wire [IN-1:0] magnitude = sign ? -sum : sum;

  // The leading one moves to the top; below it 23 fraction bits, then what is rounded away.
  reg [7:0] exponent;
  reg [IN+24:0] shifted;
  integer i;
  always @* begin
    exponent = 8'd0;
    shifted  = {magnitude, 25'd0};
    for (i = 0; i < IN; i = i + 1)
      if (magnitude[i]) begin
        exponent = 8'd127 + i[7:0];
        shifted  = {magnitude, 25'd0} << (IN - 1 - i);
      end
  end
  wire up = shifted[IN] && (shifted[IN+1] || |shifted[IN-1:0]);
  // A carry out of the fraction moves the exponent and leaves the fraction zero.
  wire [30:0] rounded = {exponent, shifted[IN+23:IN+1]} + {30'd0, up};
  assign value = magnitude == {IN{1'b0}} ? 32'd0 : {sign, rounded};
  wire unused = shifted[IN+24];
endmodule
